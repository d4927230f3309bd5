import { z } from 'zod'
import { databaseServer, env } from '@/lib/env'
import { AppError } from '@/lib/errors'
import { getRuntime, owner } from '@/lib/runtime'
import { startEngine } from '@/lib/runtime/engine'
import { followEvents } from '@/lib/services/runs/follow'
import { eventLine } from '../event-line'
import { exitCodes } from '../exit-codes'
import { flagNumber, type Invocation, parseOptions } from '../invocation'
import { shortId } from '../resolve'
import { stopOnSignals } from '../signals'

const options = z.object({
  concurrency: flagNumber.int().min(1).max(64).default(1),
  /** Seconds that a step may still take once the worker is told to stop. */
  grace: flagNumber.min(0).max(3_600).default(8),
})

/** Whoever has the embedded database open works on its runs already; what a second worker needs is another database. */
function alone(error: unknown): unknown {
  if (!(error instanceof AppError) || error.code !== 'conflict' || databaseServer(env())) return error
  return new AppError('conflict', `${error.message} It works on the runs there already.`, {
    place: 'DATABASE_URL',
    mend: 'A second worker needs a database for several processes: set DATABASE_URL for both.',
    cause: error,
  })
}

/** Works until it is stopped; what is under way is then handed back at its next turn. */
export async function command({ options: raw, io }: Invocation): Promise<number> {
  const { concurrency, grace } = parseOptions(options, raw)
  const stop = stopOnSignals(io, true)
  const runtime = await getRuntime().catch((error: unknown) => {
    throw alone(error)
  })
  try {
    const ctx = runtime.context(owner('cli'))
    const { signal: superseded } = runtime.superseded
    const signal = AbortSignal.any([stop, superseded])
    const events = await followEvents({ ctx, hub: runtime.events, input: {}, signal })
    await startEngine(runtime, { concurrency, graceMs: grace * 1_000 })
    io.note(
      `Working: ${concurrency} at a time, sandbox ${runtime.engine?.sandbox ?? 'none'}. Stop with Ctrl-C.`,
    )
    for await (const batch of events) {
      for (const event of batch) {
        const line = io.json ? '' : eventLine(event, io.paint, io.columns - 10)
        if (line !== null) io.line(event, () => `${shortId(event.runId)}  ${line}`)
      }
    }
    // Whoever keeps it alive starts it again: the new version, where it is there.
    if (superseded.aborted) throw superseded.reason
    return exitCodes.ok
  } finally {
    await runtime.close()
  }
}
