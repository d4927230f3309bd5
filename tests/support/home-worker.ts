import { type ChildProcess, spawn } from 'node:child_process'
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { packageRoot } from '@/lib/root'
import { program } from './program'

const devpilot = await program('devpilot')

export interface HomeWorker {
  readonly child: ChildProcess
  /** What it has printed. */
  said(): string
  /** SIGKILL, and its end. */
  kill(): Promise<void>
  /** SIGTERM, and its end. */
  stop(): Promise<void>
}

/**
 * `devpilot worker` as a process of its own, with a home of its own.
 * @param path put before the PATH
 */
export function homeWorker(options: {
  readonly home: string
  readonly url: string
  readonly path?: string
}): HomeWorker {
  const { PATH = '' } = process.env
  const child = spawn(process.execPath, [...devpilot, 'worker'], {
    cwd: packageRoot(),
    env: {
      NODE_ENV: 'production',
      PATH: options.path === undefined ? PATH : `${options.path}:${PATH}`,
      HOME: options.home,
      DEVPILOT_HOME: options.home,
      DATABASE_URL: options.url,
      DEVPILOT_LOG: 'warn',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let text = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk) => {
      text += String(chunk)
    })
  const gone = new Promise<void>((resolve) => child.on('close', () => resolve()))
  const end = async (signal: NodeJS.Signals) => {
    child.kill(signal)
    await gone
  }
  return { child, said: () => text, kill: () => end('SIGKILL'), stop: () => end('SIGTERM') }
}

/**
 * A `git` that stops for good before it does what `words` name, once it has written its process id into `reached`.
 * Everything else is done by the real one.
 */
export function stoppingGit(folder: string, git: string, words: string, reached: string): string {
  mkdirSync(folder, { recursive: true })
  const script = `#!/bin/sh\ncase "$*" in *'${words}'*) echo $$ > '${reached}'; exec sleep 600;; esac\nexec '${git}' "$@"\n`
  writeFileSync(join(folder, 'git'), script)
  chmodSync(join(folder, 'git'), 0o755)
  return folder
}
