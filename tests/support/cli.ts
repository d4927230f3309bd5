import { execFileSync, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { packageRoot } from '@/lib/root'

export interface CliResult {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
  readonly ms: number
}

export interface CliOptions {
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string>>
  readonly stdin?: string
  /** Sent this signal once its output holds the text, or the promise resolves. */
  readonly interrupt?: { readonly when: string | Promise<void>; readonly signal: NodeJS.Signals }
  /** Called once its output holds the text. */
  readonly once?: { readonly says: string; readonly call: () => void }
}

/** Runs the `devpilot` command as a process of its own, with nothing of this one's environment but PATH and HOME. */
export function devpilot(args: readonly string[], options: CliOptions = {}): Promise<CliResult> {
  const begun = performance.now()
  const { PATH = '', HOME = tmpdir() } = process.env
  const child = spawn(process.execPath, [join(packageRoot(), 'cli', 'devpilot.mjs'), ...args], {
    cwd: options.cwd ?? tmpdir(),
    env: { NODE_ENV: 'production', PATH, HOME, DEVPILOT_LOG: 'error', ...options.env },
    // Longer than any test: what hangs is gone soon after it.
    timeout: 90_000,
  })
  let stdout = ''
  let stderr = ''
  let waiting = options.interrupt
  let once = options.once
  const look = () => {
    if (once && `${stdout}\n${stderr}`.includes(once.says)) {
      once.call()
      once = undefined
    }
    if (typeof waiting?.when !== 'string' || !`${stdout}\n${stderr}`.includes(waiting.when)) return
    child.kill(waiting.signal)
    waiting = undefined
  }
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text
    look()
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
    look()
  })
  const interrupt = options.interrupt
  if (interrupt && typeof interrupt.when !== 'string')
    void interrupt.when.then(() => child.kill(interrupt.signal))
  child.stdin.end(options.stdin ?? '')
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => resolve({ code, stdout, stderr, ms: performance.now() - begun }))
  })
}

export function temporaryFolder(): string {
  return mkdtempSync(join(tmpdir(), 'devpilot-cli-'))
}

/** A repository with one commit of these files. */
export function madeRepository(files: Readonly<Record<string, string>>, branch = 'main'): string {
  const root = temporaryFolder()
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
  }
  const git = (...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.org', ...args], {
      cwd: root,
      stdio: 'pipe',
    })
  git('init', '-q', '-b', branch)
  git('add', '-A')
  git('commit', '-q', '--allow-empty', '-m', 'first')
  return root
}

export function removed(...folders: readonly string[]): void {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
}
