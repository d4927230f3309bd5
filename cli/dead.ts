import type { Requeued, RunSummary } from '@/lib/services/views'
import type { Api } from './api'
import type { Io } from './io'
import { resolveAmong, shortId } from './resolve'
import { say } from './say'
import { ago, short, table } from './text'

/** The most that are listed and put back at once. */
const MOST = 200

/** `devpilot runs --dead`: why, since when, at which step and after how many tries. */
export async function listDead(api: Api, limit: number, io: Io): Promise<number> {
  const page = await api.listRuns({ dead: true, limit })
  io.data(page, () => deadTable(page.items, io))
  if (page.items.length === 0) io.note('No run was given up.')
  else io.note(`put them back: ${say('runs')} --dead --requeue [run…]`)
  return 0
}

/**
 * Puts runs back, all or those named, and says what became of each.
 * @returns 1 when one could not be put back
 */
export async function requeueDead(
  api: Api,
  named: readonly string[],
  reason: string | undefined,
  io: Io,
): Promise<number> {
  const { items } = named.length === 0 ? { items: [] } : await api.listRuns({ dead: true, limit: MOST })
  const runs = named.map((text) => resolveAmong(items, text))
  const done = await api.requeueRuns({
    ...(runs.length === 0 ? {} : { runs }),
    ...(reason === undefined ? {} : { reason }),
  })
  io.data(done, () => requeuedText(done, io))
  if (done.results.length === 0) io.note('No run was given up.')
  if (done.left > 0) io.note(`${done.left} ${done.left === 1 ? 'run is' : 'runs are'} still given up.`)
  return done.results.every((result) => result.ok) ? 0 : 1
}

function deadTable(runs: readonly RunSummary[], io: Io): string {
  return table(
    runs.map(({ id, title, dead }) => [
      `  ${shortId(id)}`,
      short(title, 40),
      dead ? `${dead.step}, ${dead.tries} ${dead.tries === 1 ? 'try' : 'tries'}` : '',
      dead ? ago(dead.since) : '',
      dead ? io.paint('red', short(dead.reason, Math.max(30, io.columns - 90))) : '',
    ]),
  )
}

function requeuedText({ results }: Requeued, io: Io): string {
  return table(
    results.map(({ run, title, ok, step, error }) => [
      ok ? io.paint('green', '  ✓') : io.paint('red', '  ✗'),
      shortId(run),
      short(title ?? '', 40),
      ok ? `goes on at ${step ?? '?'}` : short(`${error?.message ?? ''} ${error?.mend ?? ''}`, 120),
    ]),
  )
}
