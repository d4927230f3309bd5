import { desc, eq, inArray, type SQL, sql } from 'drizzle-orm'
import { z } from 'zod'
import { beads, repositories, runs } from '@/drizzle/schema'
import { agentNames } from '@/lib/core/flow'
import { beadStatusNames } from '@/lib/core/status'
import { allRows } from '@/lib/db/client'
import { authorise } from '../authorise'
import type { ServiceContext } from '../context'
import { FIRST_ID, LAST_ID } from '../cursor'
import { parseInput } from '../parse'

const number = z.coerce.number()
/** `coerce` alone would make 0 of null. */
const orNull = z.union([z.null(), number])

/** How an agent did in its last beads. */
export const agentFiguresSchema = z.object({
  agent: z.enum(agentNames),
  /** At most its last 300. */
  beads: number,
  completed: number,
  failed: number,
  medianSeconds: orNull,
  medianMicros: orNull,
  totalMicros: number,
  /** As it said itself, 0 to 1, where it says so. */
  confidence: orNull,
})
export type AgentFigures = z.infer<typeof agentFiguresSchema>

const MOST = 300

const { inherited, costMicros, status } = beads
/** What a fork took over whole was done, and paid for, elsewhere. */
const isOwn = sql`(${inherited} is null or ${costMicros} > 0 or ${status} = 'running')`

/**
 * The ids of the last beads that an agent did itself, out of the index that has those of each status by their ids: see
 * `listBeads`. However many forks took one over, it is found behind their copies.
 */
function lastOf(agent: SQL, count: number): SQL {
  return sql`
    select b.id from unnest(${sql.param([...beadStatusNames])}::text[]) as one(of_status) cross join lateral (
      select id from beads
      where (status, step, id) >= (one.of_status, ${agent}, ${FIRST_ID}::uuid)
        and (status, step, id) <= (one.of_status, ${agent}, ${LAST_ID}::uuid) and ${isOwn}
      order by status desc, step desc, id desc limit ${count}) b
    order by b.id desc limit ${count}`
}

/** How each agent did of late, over all repositories. */
export async function agentFigures({ ctx }: { ctx: ServiceContext }): Promise<AgentFigures[]> {
  authorise(ctx, 'read')
  const names = sql.join(
    agentNames.map((name) => sql`(${name})`),
    sql`, `,
  )
  const rows = await ctx.db.execute(sql`
    select a.agent, count(b.id) as beads,
      count(*) filter (where b.status = 'completed') as completed,
      count(*) filter (where b.status = 'failed') as failed,
      percentile_cont(0.5) within group (order by extract(epoch from b.ended_at - b.started_at)) as "medianSeconds",
      percentile_cont(0.5) within group (order by b.cost_micros) as "medianMicros",
      coalesce(sum(b.cost_micros), 0) as "totalMicros",
      avg(coalesce(b.outcome->>'confidence', b.outcome->'review'->>'confidence', b.summary->>'confidence')::float8)
        as confidence
    from (values ${names}) as a(agent) left join lateral (${lastOf(sql`a.agent::text`, MOST)}) last on true
      -- With a limit it is looked up by its id; else a middling table would be read whole.
      left join lateral (select beads.* from beads where id = last.id limit 1) b on true
    group by a.agent`)
  const found = z.array(agentFiguresSchema).parse(allRows(rows))
  return agentNames.flatMap((name) => found.filter(({ agent }) => agent === name))
}

export const agentBeadsInput = z.strictObject({
  agent: z.enum(agentNames),
  limit: z.int().min(1).max(50).default(10),
})

export const agentBeadSchema = z.object({
  id: z.uuid(),
  run: z.object({ id: z.uuid(), title: z.string(), repository: z.string().nullable() }),
  seq: z.int(),
  status: z.enum(beadStatusNames),
  outcome: z.string().nullable(),
  model: z.string().nullable(),
  costMicros: z.int(),
  startedAt: z.iso.datetime().nullable(),
  endedAt: z.iso.datetime().nullable(),
})
export type AgentBead = z.infer<typeof agentBeadSchema>

/** The last things that an agent did, the newest first. */
export async function agentBeads({
  ctx,
  input,
}: {
  ctx: ServiceContext
  input: z.input<typeof agentBeadsInput>
}): Promise<AgentBead[]> {
  authorise(ctx, 'read')
  const { agent, limit } = parseInput(agentBeadsInput, input)
  const last = allRows(await ctx.db.execute(lastOf(sql`${agent}`, limit)))
  const ids = last.map(({ id }) => String(id))
  const rows = await ctx.db
    .select({ bead: beads, title: runs.title, repository: repositories.name })
    .from(beads)
    .innerJoin(runs, eq(runs.id, beads.runId))
    .leftJoin(repositories, eq(repositories.id, runs.repositoryId))
    .where(inArray(beads.id, ids))
    .orderBy(sql`${beads.startedAt} desc nulls last`, desc(beads.id))
    .limit(limit)
  return rows.map(({ bead, title, repository }) => ({
    id: bead.id,
    run: { id: bead.runId, title, repository },
    seq: bead.seq,
    status: bead.status,
    outcome: bead.outcome?.kind ?? null,
    model: bead.model,
    costMicros: bead.costMicros,
    startedAt: bead.startedAt?.toISOString() ?? null,
    endedAt: bead.endedAt?.toISOString() ?? null,
  }))
}
