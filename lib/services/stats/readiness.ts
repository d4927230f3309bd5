import { z } from 'zod'
import { databaseNow } from '@/lib/db/client'
import { AppError, toAppError } from '@/lib/errors'
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
  health(): Promise<{
    readonly ok: boolean
    readonly detail: string | null
    readonly mend?: string | undefined
    readonly place?: string
  }>
}

const DEADLINE_MS = 5_000

/**
 * Whether this process can do its work.
 * @throws AppError('unavailable') that says what is away: the database, or what drives runs.
 */
export async function readiness({
  ctx,
  input,
}: {
  ctx: ServiceContext
  input: { readonly driver: Readiness['database']; readonly engine: EngineState | null }
}): Promise<Readiness> {
  authorise(ctx, 'read')
  await assertDatabase(ctx)
  const { driver, engine } = input
  const health = await engine?.health()
  if (health && !health.ok) {
    throw new AppError('unavailable', health.detail ?? 'What drives runs does not answer.', {
      place: health.place ?? engine?.name ?? 'engine',
      mend: health.mend ?? 'Start it again, or correct TEMPORAL_ADDRESS; everything goes on by itself then.',
    })
  }
  return {
    status: 'ready',
    database: driver,
    engine: engine?.name ?? 'none',
    worker: engine?.worker() ?? 'none',
    sandbox: engine?.sandbox ?? 'unknown',
  }
}

async function assertDatabase({ db }: ServiceContext): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer in ${DEADLINE_MS / 1000} s`)), DEADLINE_MS)
  })
  try {
    await Promise.race([databaseNow(db), late])
  } catch (error) {
    throw databaseAway(error)
  } finally {
    clearTimeout(timer)
  }
}

/** What everybody is told whose request needs the database while it is away. */
export function databaseAway(error: unknown): AppError {
  return new AppError('unavailable', `The database does not answer: ${toAppError(error).message}`, {
    place: 'database',
    mend: 'Start it again, or correct DATABASE_URL; everything goes on by itself when it is back.',
    cause: error,
  })
}
