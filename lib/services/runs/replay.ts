import { asc, eq } from 'drizzle-orm'
import { z } from 'zod'
import { auditLog, beads, repositories, runs, turns } from '@/drizzle/schema'
import type { Limits } from '@/lib/core/limits'
import { defaultLimits } from '@/lib/core/limits'
import { plural } from '@/lib/core/plural'
import { replayRoute } from '@/lib/core/replay'
import type { ReplayReport } from '@/lib/core/replay-report'
import { initialState, type RunState } from '@/lib/core/run'
import { runOverridesSchema } from '@/lib/core/trigger'
import type { Db } from '@/lib/db/client'
import { AppError } from '@/lib/errors'
import { authorise } from '../authorise'
import type { ServiceContext } from '../context'
import { parseInput } from '../parse'
import type { BeadRow, TurnRow } from './fork-place'
import { noRun } from './get'
import type { RunRow } from './summary'

const { prompts, config } = runOverridesSchema.shape

export const replayRunInput = z.strictObject({
  run: z.uuid(),
  prompts: prompts.describe('Prompts instead of today’s, as `fork` takes them: where would the run part?'),
  config: config.describe('A configuration whose limits are taken instead of those that `prepare` found.'),
  tools: z.boolean().default(false).describe('Run the file tools once more, in a checkout of their own.'),
})

/** A run's record, as a replay reads it. */
export interface ReplayRecord {
  readonly run: RunRow
  readonly repository: { readonly source: string; readonly forge: 'local' | 'github' | 'gitlab' }
  readonly beads: readonly { readonly bead: BeadRow; readonly turns: readonly TurnRow[] }[]
}

type Prompts = z.output<typeof replayRunInput>['prompts']

/** What this program of today makes of a record: its prompts, its loop, its tools. */
export interface Replayer {
  readonly limits: (config: string) => Limits
  /** The requests of each agent's bead. */
  readonly conversations: (record: ReplayRecord, prompts: Prompts) => Promise<ReplayReport['beads']>
  readonly tools: (record: ReplayRecord) => Promise<NonNullable<ReplayReport['tools']>>
}

/**
 * Drives a run again from its record, without a key and without writing a thing: its outcomes through the router,
 * its turns through the loop. Says where it parts from what is recorded.
 * @param replayer see Replayer
 * @throws AppError('not_found' | 'illegal_transition' | 'bad_config')
 */
export async function replayRun({
  ctx,
  input,
  replayer,
}: {
  ctx: ServiceContext
  input: z.input<typeof replayRunInput>
  replayer: Replayer
}): Promise<ReplayReport> {
  const wanted = parseInput(replayRunInput, input)
  authorise(ctx, wanted.tools ? 'trigger' : 'read')
  const { record, history } = await recordOf(ctx.db, wanted.run)
  const limits = wanted.config === undefined ? null : replayer.limits(wanted.config)
  const { moves, parting } = replayRoute(startOf(record), history, limits)
  const talks = await replayer.conversations(record, wanted.prompts)
  const tools = wanted.tools ? await replayer.tools(record) : null
  const route = {
    moves,
    reason: parting?.reason ?? null,
    parting: parting && {
      bead: parting.seq,
      step: parting.step,
      turn: null,
      place: `the route after ${parting.after}`,
      lines: `  - ${parting.recorded}\n  + ${parting.now}`,
    },
  }
  const report = { run: wanted.run, route, beads: talks, tools }
  const first = firstParting(report)
  const compared = talks.every((talk) => talk.same === talk.turns) && (tools === null || tools.note === null)
  return { ...report, same: first === null && compared, summary: sentence(report, first) }
}

async function recordOf(db: Db, id: string) {
  const [row] = await db
    .select({ run: runs, repository: { source: repositories.source, forge: repositories.forge } })
    .from(runs)
    .leftJoin(repositories, eq(repositories.id, runs.repositoryId))
    .where(eq(runs.id, id))
  if (!row) throw noRun(id)
  const { run, repository } = row
  if (run.state === null || repository === null) {
    throw new AppError('illegal_transition', 'This run was only reported here; there is nothing to replay.', {
      mend: 'Look at its log.',
    })
  }
  const [ofBeads, ofTurns, history] = await Promise.all([
    db.select().from(beads).where(eq(beads.runId, id)).orderBy(asc(beads.seq)),
    db.select().from(turns).where(eq(turns.runId, id)).orderBy(asc(turns.seq)),
    db
      .select({ action: auditLog.action, data: auditLog.data })
      .from(auditLog)
      .where(eq(auditLog.chain, id))
      .orderBy(asc(auditLog.seq)),
  ])
  const record: ReplayRecord = {
    run,
    repository,
    beads: ofBeads.map((bead) => ({ bead, turns: ofTurns.filter((turn) => turn.beadId === bead.id) })),
  }
  return { record, history }
}

/** A fork begins with the state of the first bead of its own; any other run as every run does. */
function startOf({ run, beads: all }: ReplayRecord): RunState {
  const { forkedAt } = run
  if (forkedAt === null || forkedAt.headSha === null) return initialState(defaultLimits)
  const begun = all.find(
    ({ bead }) => bead.inherited === null || (forkedAt.turn !== null && bead.seq === forkedAt.seq),
  )
  return begun?.bead.state ?? run.state ?? initialState(defaultLimits)
}

type Found = Pick<ReplayReport, 'route' | 'beads' | 'tools'>

function firstParting({ route, beads: talks, tools }: Found): ReplayReport['route']['parting'] {
  const all = [route.parting, ...talks.map((talk) => talk.parting), ...(tools?.partings ?? [])]
  const found = all.flatMap((parting) => (parting === null ? [] : [parting]))
  // The end of a bead comes after its turns.
  const order = (parting: { bead: number; turn: number | null }) =>
    parting.bead * 1e6 + (parting.turn ?? 1e6 - 1)
  return found.sort((a, b) => order(a) - order(b))[0] ?? null
}

function sentence({ route, beads: talks, tools }: Found, first: ReturnType<typeof firstParting>): string {
  const count = talks.reduce((sum, talk) => sum + talk.turns, 0)
  const compared = talks.reduce((sum, talk) => sum + talk.same, 0)
  if (first !== null) {
    const turn = first.turn === null ? 'its end' : `turn ${first.turn}`
    return `It parts at ${first.step} (step ${first.bead}), ${turn}: ${first.place}.`
  }
  const moves = plural(route.moves, 'move of the router', 'moves of the router')
  const ran = tools === null || tools.ran === 0 ? '' : `, ${plural(tools.ran, 'tool call')}`
  const unrun = tools === null || tools.note === null ? '' : ` ${unrunWords(tools.ran)}: ${tools.note}`
  if (count === 0) return `The same in ${moves}${ran}; no turn was taken.${unrun}`
  const all = count === 1 ? 'its one turn' : `all ${count} turns`
  if (compared === count) return `The same in ${all}${ran} and ${moves}.${unrun}`
  return `The same in ${compared} of ${count} turns${ran} and ${moves}; the others were not compared.${unrun}`
}

const unrunWords = (ran: number): string =>
  ran === 0 ? 'Its tools could not be compared' : 'Not all of its tools could be compared'
