import { databaseServer, env } from '@/lib/env'
import { getRuntime } from '@/lib/runtime'
import { serverUrl } from '../connect'
import type { Invocation } from '../invocation'

/** Opening the database brings it up to date, under a lock; a running server has done so at its start. */
export async function command({ io }: Invocation): Promise<number> {
  const { DEVPILOT_HOME } = env()
  const named = databaseServer(env())
  const server = named ? null : await serverUrl()
  if (server !== null) {
    io.data(
      { migrated: true, by: server },
      () => `The server at ${server} has the database open and brought it up to date at its start.`,
    )
    return 0
  }
  const runtime = await getRuntime()
  await runtime.close()
  const where = named ? `The database of ${named.variable}` : `The embedded database in ${DEVPILOT_HOME}`
  io.data({ migrated: true, driver: runtime.database.driver }, () => `${where} is up to date.`)
  return 0
}
