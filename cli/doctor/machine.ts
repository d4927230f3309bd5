import { statfs } from 'node:fs/promises'
import { createServer } from 'node:net'
import { type Checked, fail, ok, warn } from '@/lib/core/checked'
import { databaseServer, env } from '@/lib/env'
import { toAppError } from '@/lib/errors'
import { getRuntime } from '@/lib/runtime'
import { makeHome } from '@/lib/runtime/home'
import { gitText } from '@/lib/workspace/git/run'
import { serverApi, serverUrl } from '../connect'

const GiB = 1024 ** 3

export function checkNode(): Checked {
  const version = process.versions.node
  const [major = 0, minor = 0] = version.split('.').map(Number)
  if (major > 22 || (major === 22 && minor >= 12)) return ok('node', version)
  return fail(
    'node',
    `${version} is too old.`,
    'Run it as `devpilot` or `npx tsx`: both use the Node 24 of node_modules.',
  )
}

export async function checkGit(): Promise<Checked> {
  try {
    const version = (await gitText(['--version'])).replace('git version ', '').trim()
    const [major = 0, minor = 0] = version.split('.').map(Number)
    if (major > 2 || (major === 2 && minor >= 31)) return ok('git', version)
    return fail('git', `${version} is too old.`, 'Install git 2.31 or newer.')
  } catch (error) {
    return fail('git', toAppError(error).message, 'Install git 2.31 or newer.')
  }
}

/** A running server has the embedded database open: then it is the server that is asked. */
export async function checkDatabase(): Promise<Checked> {
  const { DEVPILOT_HOME } = env()
  const named = databaseServer(env())
  const where = named ? `Postgres of ${named.variable}` : `embedded, in ${DEVPILOT_HOME}`
  try {
    const server = named ? null : await serverUrl()
    if (server !== null && !(await isForeign())) return ok('database', `held by the server at ${server}`)
    const runtime = await getRuntime()
    await runtime.close()
    return ok('database', `${where}, schema up to date`)
  } catch (error) {
    const { message, mend } = toAppError(error)
    return fail('database', `${where}: ${message}`, mend ?? `Check ${named?.variable ?? 'DEVPILOT_HOME'}.`)
  }
}

/** A server that was found by its port alone is another folder's where it does not take the token of this one. */
async function isForeign(): Promise<boolean> {
  if (env().DEVPILOT_URL !== undefined) return false
  const api = await serverApi()
  const refused = await api?.stats().then(() => null, toAppError)
  return refused?.code === 'unauthorized'
}

export async function checkDisk(): Promise<Checked> {
  const { DEVPILOT_HOME } = env()
  try {
    makeHome(DEVPILOT_HOME)
  } catch (error) {
    const { message, mend } = toAppError(error)
    return fail('disk', message, mend ?? 'Give DEVPILOT_HOME another folder.')
  }
  const { bavail, bsize } = await statfs(DEVPILOT_HOME)
  const free = (bavail * bsize) / GiB
  const detail = `${free.toFixed(1)} GiB free for ${DEVPILOT_HOME}`
  if (free < 0.25) return fail('disk', detail, 'Free some space, or give DEVPILOT_HOME another disk.')
  return free < 2
    ? warn('disk', detail, 'Mirrors and dependencies need more: free some space.')
    : ok('disk', detail)
}

export async function checkPort(): Promise<Checked> {
  const { DEVPILOT_PORT, DEVPILOT_URL } = env()
  const server = await serverUrl().catch((error: unknown) => toAppError(error))
  if (typeof server === 'string') {
    const api = await serverApi()
    const refused = await api?.stats().then(() => null, toAppError)
    return refused
      ? fail('server', refused.message, refused.mend ?? 'Look at its log.')
      : ok('server', `answers at ${server}`)
  }
  if (server instanceof Error) return fail('server', server.message, server.mend ?? 'Unset DEVPILOT_URL.')
  if (DEVPILOT_URL === undefined && (await isFree(DEVPILOT_PORT))) {
    return ok('server', `none runs; port ${DEVPILOT_PORT} is free for one`)
  }
  return warn(
    'server',
    `port ${DEVPILOT_PORT} is taken by another program`,
    'Set DEVPILOT_PORT to a free port.',
  )
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}
