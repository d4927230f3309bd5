import { createServer } from 'node:net'
import { join } from 'node:path'
import { assertFree } from '@/lib/db/lock'
import { databaseServer, env } from '@/lib/env'
import { AppError } from '@/lib/errors'
import { makeHome } from './home'

const PROBE_MS = 1_500
/** How many ports after the wanted one are tried for the mend. */
const NEAR = 50

/**
 * What a server needs of this machine before it is started: a valid environment, its home, its port.
 * @throws AppError with the mend
 */
export async function assertStartable(): Promise<void> {
  const { DEVPILOT_HOME, DEVPILOT_PORT } = env()
  makeHome(DEVPILOT_HOME)
  if (databaseServer(env()) === null) assertFree(join(DEVPILOT_HOME, 'db'))
  await assertPort(DEVPILOT_PORT)
}

async function assertPort(port: number): Promise<void> {
  const code = await listenError(port)
  if (code === null) return
  const place = 'DEVPILOT_PORT'
  if (code !== 'EADDRINUSE') {
    throw new AppError('bad_config', `The port ${port} of 127.0.0.1 cannot be used (${code}).`, {
      place,
      mend: 'Set another one: DEVPILOT_PORT=4280 npm start. Ports below 1024 are the system’s own.',
    })
  }
  const who = (await isDevPilot(port)) ? 'another DevPilot server' : 'another program'
  const free = await freeAfter(port)
  throw new AppError('conflict', `The port ${port} of 127.0.0.1 is taken by ${who}.`, {
    place,
    mend: `Set another one: DEVPILOT_PORT=${free} npm start. Or stop what has it.`,
  })
}

/** The system's code for a port that cannot be listened on; null: it can. */
function listenError(port: number): Promise<string | null> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(null)))
  })
}

async function freeAfter(port: number): Promise<number | string> {
  for (let next = port + 1; next <= Math.min(port + NEAR, 65_535); next += 1)
    if ((await listenError(next)) === null) return next
  return '<port>'
}

async function isDevPilot(port: number): Promise<boolean> {
  try {
    const response = await fetch(`http://127.0.0.1:${port}/api/health`, {
      signal: AbortSignal.timeout(PROBE_MS),
      redirect: 'error',
    })
    const said: unknown = await response.json()
    return typeof said === 'object' && said !== null && 'status' in said && said.status === 'ok'
  } catch (error) {
    // What speaks no HTTP, or says nothing, is none of ours.
    return !(error instanceof Error)
  }
}
