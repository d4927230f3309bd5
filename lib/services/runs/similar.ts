import { z } from 'zod'
import type { ServiceContext } from '../context'
import { parseInput } from '../parse'
import type { RunSummary } from '../views'
import { getRun } from './get'
import { listRuns } from './list'

export const similarRunsInput = z.strictObject({ run: z.uuid() })

/** Runs that it makes sense to look at beside one, each list the newest first; no run is in both. */
export interface SimilarRuns {
  /** Of the same title, which is the task's or the issue's, in any repository. */
  readonly sameTask: readonly RunSummary[]
  readonly sameRepository: readonly RunSummary[]
}

/** The most runs of one list. */
const MOST = 20
/** The longest title that a list can be asked for. */
const LONGEST = 200

/** @throws AppError('not_found') */
export async function similarRuns({
  ctx,
  input,
}: {
  ctx: ServiceContext
  input: z.input<typeof similarRunsInput>
}): Promise<SimilarRuns> {
  const { run: id } = parseInput(similarRunsInput, input)
  const { title, repository } = await getRun({ ctx, input: { run: id } })
  const [named, near] = await Promise.all([
    listRuns({ ctx, input: { q: title.slice(0, LONGEST), limit: MOST * 2 } }),
    repository ? listRuns({ ctx, input: { repository: repository.id, limit: MOST * 2 } }) : { items: [] },
  ])
  const sameTask = named.items.filter((run) => run.id !== id && run.title === title).slice(0, MOST)
  const taken = new Set([id, ...sameTask.map((run) => run.id)])
  return { sameTask, sameRepository: near.items.filter((run) => !taken.has(run.id)).slice(0, MOST) }
}
