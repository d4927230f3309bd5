import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Sandbox, SandboxCommand, SandboxResult } from '@/lib/workspace/sandbox/sandbox'

/** A DEVPILOT_HOME below a folder that only its owner may pass, with the run's folders and another run's beside them. */
export interface Place {
  readonly root: string
  readonly workspace: string
  readonly home: string
  readonly secret: string
  run(
    sandbox: Sandbox,
    command: string | readonly string[],
    more?: Partial<SandboxCommand>,
  ): Promise<SandboxResult>
  remove(): void
}

export const SECRET = 'very-secret-8f2c61'

export function makePlace(): Place {
  const root = mkdtempSync(join(tmpdir(), 'devpilot-attack-'))
  chmodSync(root, 0o700)
  const workspace = join(root, 'worktrees/mine')
  const home = join(root, 'homes/mine')
  for (const folder of [workspace, home, join(workspace, '.git/hooks'), join(root, 'worktrees/other')]) {
    mkdirSync(folder, { recursive: true })
  }
  const secret = join(root, 'worktrees/other/secret.txt')
  writeFileSync(secret, SECRET)
  chmodSync(secret, 0o644)
  writeFileSync(join(root, 'token'), SECRET)
  writeFileSync(join(workspace, '.git/config'), '[core]\n\tbare = false\n')
  return {
    root,
    workspace,
    home,
    secret,
    run: (sandbox, command, more = {}) =>
      sandbox.run({ command, workspace, home, ...more, limits: { timeoutMs: 30_000, ...more.limits } }),
    remove: () => rmSync(root, { recursive: true, force: true }),
  }
}

/** Ids of processes of the host whose command line holds the text. */
export function alive(text: string): number[] {
  return readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name)) return []
    const line = commandLine(Number(name))
    return line.includes(text) && Number(name) !== process.pid ? [Number(name)] : []
  })
}

function commandLine(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8')
  } catch {
    // It ended between the listing and the reading.
    return ''
  }
}

/** Waits until no process of the host has the text in its command line; those left after 10 s are returned. */
export async function untilDead(text: string): Promise<number[]> {
  for (let round = 0; round < 100 && alive(text).length > 0; round++) await pause(100)
  return alive(text)
}

export async function untilAlive(text: string): Promise<number[]> {
  for (let round = 0; round < 150 && alive(text).length === 0; round++) await pause(100)
  return alive(text)
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

/** A program name that no other process has: `sleep` with an odd length of time. */
export function oddSleep(): string {
  return `sleep ${1_000_000 + Math.floor(Math.random() * 8_000_000)}.5`
}

/** Removes the `\0` that separate arguments, for comparison with `alive`. */
export function asArguments(command: string): string {
  return command.replaceAll(' ', '\0')
}
