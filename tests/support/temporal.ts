import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Connection } from '@temporalio/client'
import { env } from '@/lib/env'
import { freePort } from './port'
import { requires } from './require'

export interface TemporalServer {
  readonly address: string
  /** What `temporal` prints, asked about this server. */
  cli(...args: string[]): string
  /** SIGKILL: what it has written is all that is left. */
  kill(): Promise<void>
  /** Again, on the same port and file. */
  start(): Promise<void>
  stop(): Promise<void>
}

/** The program of DEVPILOT_TEMPORAL_PROGRAM, or `temporal` of the PATH or of `go install`; null where there is none. */
function temporalProgram(): string | null {
  const given = env().DEVPILOT_TEMPORAL_PROGRAM
  if (given !== undefined) return existsSync(given) ? given : null
  const folders = env().PATH.split(delimiter)
  const found = folders.map((folder) => join(folder, 'temporal')).find((path) => existsSync(path))
  if (found !== undefined) return found
  const installed = goPath()
  return installed !== null && existsSync(installed) ? installed : null
}

function goPath(): string | null {
  try {
    return join(
      execFileSync('go', ['env', 'GOPATH'], { encoding: 'utf8', stdio: 'pipe' }).trim(),
      'bin',
      'temporal',
    )
  } catch {
    // There is no Go here.
    return null
  }
}

export function haveTemporal(): boolean {
  return requires('temporal', temporalProgram() !== null, 'DEVPILOT_TEMPORAL_PROGRAM and the PATH have none')
}

/** A real Temporal server with its history in a file of its own, on a free port of 127.0.0.1. */
export async function startTemporal(): Promise<TemporalServer> {
  const program = temporalProgram()
  if (program === null) throw new Error('there is no Temporal on this machine')
  const folder = mkdtempSync(join(tmpdir(), 'devpilot-temporal-'))
  const port = await freePort()
  const address = `127.0.0.1:${port}`
  const file = join(folder, 'temporal.db')
  const args = ['server', 'start-dev', '--headless', '--ip', '127.0.0.1', '--port', String(port)]
  let child: ChildProcess | null = null
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    const running = child
    child = null
    if (!running || running.exitCode !== null) return
    running.kill(signal)
    await new Promise((resolve) => running.once('close', resolve))
  }
  const server: TemporalServer = {
    address,
    cli: (...rest) =>
      execFileSync(program, [...rest, '--address', address], { encoding: 'utf8', maxBuffer: 64_000_000 }),
    kill: () => end('SIGKILL'),
    async start() {
      child = spawn(program, [...args, '--db-filename', file, '--log-level', 'error'], { stdio: 'ignore' })
      await untilUp(address)
    },
    async stop() {
      await end('SIGTERM')
      rmSync(folder, { recursive: true, force: true })
    },
  }
  await server.start()
  return server
}

async function untilUp(address: string): Promise<void> {
  for (let i = 0; i < 120; i += 1) {
    const connection = Connection.lazy({ address })
    try {
      await connection.withDeadline(Date.now() + 2_000, () =>
        connection.workflowService.describeNamespace({ namespace: 'default' }),
      )
      return
    } catch {
      // Not yet.
      await sleep(250)
    } finally {
      await connection.close()
    }
  }
  throw new Error(`the Temporal server at ${address} did not start`)
}
