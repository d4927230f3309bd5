import { type ChildProcess, spawn } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { homedir } from 'node:os'
import { delimiter, join } from 'node:path'
import { Connection } from '@temporalio/client'
import { env } from '@/lib/env'
import { freePort } from '@/tests/support/port'

export interface TemporalServer {
  readonly address: string
  readonly pid: number
  stop(): Promise<void>
}

/** The Temporal CLI of DEVPILOT_TEMPORAL_PROGRAM, on PATH, or where `go install` puts it; null when this machine has none. */
export function findTemporal(): string | null {
  const given = env().DEVPILOT_TEMPORAL_PROGRAM
  if (given !== undefined) return isProgram(given) ? given : null
  const folders = [...env().PATH.split(delimiter), join(homedir(), 'go', 'bin')]
  return folders.map((folder) => join(folder, 'temporal')).find(isProgram) ?? null
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** The dev server on loopback, on ports of its own; without more flags it keeps everything in memory. */
export async function startTemporal(program: string, more: readonly string[] = []): Promise<TemporalServer> {
  const port = await freePort()
  const args = ['server', 'start-dev', '--headless', '--ip', '127.0.0.1', '--port', String(port)]
  const child = spawn(program, [...args, '--log-level', 'error', ...more], {
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const kill = () => child.kill('SIGKILL')
  process.once('exit', kill)
  const address = `127.0.0.1:${port}`
  await answers(address, child)
  return {
    address,
    pid: child.pid ?? 0,
    async stop() {
      process.removeListener('exit', kill)
      if (child.exitCode !== null || child.signalCode !== null) return
      const ended = new Promise((resolve) => child.once('exit', resolve))
      child.kill('SIGKILL')
      await ended
    },
  }
}

async function answers(address: string, child: ChildProcess): Promise<void> {
  const until = Date.now() + 60_000
  for (;;) {
    if (child.exitCode !== null) throw new Error(`The Temporal server ended with ${child.exitCode}.`)
    try {
      const connection = await Connection.connect({ address, connectTimeout: 1_000 })
      await connection.workflowService.describeNamespace({ namespace: 'default' })
      await connection.close()
      return
    } catch (error) {
      if (Date.now() > until) throw error
      await new Promise((resolve) => setTimeout(resolve, 200))
    }
  }
}
