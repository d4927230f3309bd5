import type { Env } from '@/lib/env'
import { databaseServer } from '@/lib/env'
import { AppError } from '@/lib/errors'

/**
 * What a function needs that a machine of one's own does not: nothing that it writes is there at the next request.
 * @throws AppError('bad_config') that names every missing variable
 */
export function assertServerless(env: Env): void {
  if (!env.VERCEL) return
  const missing = [
    ...(databaseServer(env) ? [] : ['POSTGRES_URL']),
    ...(env.DEVPILOT_TOKEN ? [] : ['DEVPILOT_TOKEN']),
  ]
  if (missing.length === 0) return
  throw new AppError(
    'bad_config',
    `On Vercel ${missing.join(' and ')} must be set: no folder lives there that could hold a database or a token.`,
    {
      place: 'VERCEL',
      mend: 'Add a Postgres database to the project (Storage), set DEVPILOT_TOKEN to a secret of 32 letters or more, and deploy again.',
    },
  )
}
