import { z } from 'zod'
import { databaseNow } from '@/lib/db/client'
import { AppError } from '@/lib/errors'
import { authorise } from '../authorise'
import type { ServiceContext } from '../context'

export const readinessSchema = z.object({
  status: z.literal('ready'),
  database: z.enum(['pglite', 'pg', 'vercel']),
  /** What drives runs in this process; `none` when it only serves pages and another one works. */
  engine: z.enum(['embedded', 'temporal', 'none']),
  worker: z.enum(['running', 'stopped', 'none']),
  /** `unknown` where no worker of this process has probed for one. */
  sandbox: z.string(),
})
export type Readiness = z.infer<typeof readinessSchema>

/** The engine as far as readiness looks at it; see RuntimeEngine in lib/runtime.ts. */
interface EngineState {
  readonly name: 'embedded' | 'temporal'
  readonly sandbox: string
  worker(): 'running' | 'stopped'
}

/**
 * Whether this process can do its work.
 * @throws AppError('timeout') when the database does not answer within 5 s.
 */
export async function readiness({
  ctx,
  input,
}: {
  ctx: ServiceContext
  input: { readonly driver: Readiness['database']; readonly engine: EngineState | null }
}): Promise<Readiness> {
  authorise(ctx, 'read')
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new AppError('timeout', 'The database does not answer.')), 5_000)
  })
  await Promise.race([databaseNow(ctx.db), late]).finally(() => clearTimeout(timer))
  const { driver, engine } = input
  return {
    status: 'ready',
    database: driver,
    engine: engine?.name ?? 'none',
    worker: engine?.worker() ?? 'none',
    sandbox: engine?.sandbox ?? 'unknown',
  }
}
