import { processId } from '@/lib/db/process'
import { takeDuty } from '@/lib/db/workers'
import type { Runtime } from '@/lib/runtime'
import { gitProblem } from '../git-here'
import { type DueReport, runDueSchedules } from './due'
import { type SyncReport, syncSchedules } from './sync'

/** Less than a function may take, so that it says what it did. */
const LIMIT_MS = 240_000

type Followed = Omit<SyncReport, 'problems'> &
  Omit<DueReport, 'problems' | 'started'> & {
    started: DueReport['started'][number][]
    problems: string[]
  }

/** Files are read anew so often, however often it is asked. */
const READ_MS = 5 * 60_000

/** One round: what is due starts before the files are read, which may take long, and what became due meanwhile after. */
export async function followSchedules(runtime: Runtime): Promise<Followed> {
  const { home, database } = runtime
  const input = { db: database.db, home, wake: () => runtime.wake() }
  const first = await runDueSchedules(input)
  const problem = await gitProblem()
  const { problems, ...read } =
    problem === null && (await takeDuty(database.db, 'schedules-read', READ_MS, processId()))
      ? await syncSchedules({ ...input, signal: AbortSignal.timeout(LIMIT_MS) })
      : { repositories: 0, added: 0, changed: 0, removed: 0, problems: [] }
  const then = await runDueSchedules(input)
  return {
    ...read,
    started: [...first.started, ...then.started],
    skipped: first.skipped + then.skipped,
    problems: [
      ...(problem === null ? [] : [problem]),
      ...problems.map(({ repository, message }) => `${repository}: ${message}`),
      ...[...first.problems, ...then.problems].map(
        ({ schedule, message }) => `schedule ${schedule}: ${message}`,
      ),
    ],
  }
}
