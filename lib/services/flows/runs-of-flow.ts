import { type SQL, sql } from 'drizzle-orm'
import { z } from 'zod'

/** Which runs a figure is made from. */
export const runsOfFlowInput = {
  /** Absent: of all repositories. */
  repository: z.uuid().optional(),
  flow: z.string().max(60),
  /** The flow's steps as it is resolved now: runs whose flow was left to the configuration and came to these count, too. */
  steps: z.array(z.string()).max(60).default([]),
}

const MOST = 100
const LOOKED_AT = 300

/**
 * The last hundred runs of a flow, as a subquery with every column. The order is that of the
 * indexes: each part reads a few rows however many runs there are.
 */
export function runsOfFlow(input: {
  readonly repository?: string | undefined
  readonly flow: string
  readonly steps: readonly string[]
}): SQL {
  const here = input.repository ? sql`repository_id = ${input.repository} and` : sql``
  const newest = sql`source = 'pipeline' order by created_at desc, id desc`
  return sql`(
    select * from (
      (select * from agent_runs where ${here} flow = ${input.flow} and ${newest} limit ${MOST})
      union all
      (select * from (select * from agent_runs where ${here} flow = 'auto' and ${newest} limit ${LOOKED_AT}) a
        where ${input.flow} <> 'auto' and state->'flow' = ${JSON.stringify(input.steps)}::jsonb)
    ) u order by created_at desc limit ${MOST})`
}
