import { and, desc, eq } from 'drizzle-orm'
import { z } from 'zod'
import { gateStatusNames, gates } from '@/drizzle/schema'
import { authorise } from '../authorise'
import type { ServiceContext } from '../context'
import { decodeCursor, encodeCursor, olderThan, pageInput, toPage } from '../cursor'
import { parseInput } from '../parse'
import type { GateSummary, Page } from '../views'
import { selectGates, toGateSummary } from './view'

export const listGatesInput = z.strictObject({
  ...pageInput,
  /** Without it: those that wait for people. */
  status: z.enum([...gateStatusNames, 'all']).default('waiting'),
  run: z.uuid().optional(),
})

/** Gates, the newest first. */
export async function listGates({
  ctx,
  input = {},
}: {
  ctx: ServiceContext
  input?: z.input<typeof listGatesInput>
}): Promise<Page<GateSummary>> {
  authorise(ctx, 'read')
  const { limit, cursor, status, run } = parseInput(listGatesInput, input)
  const after = decodeCursor(cursor)
  const rows = await selectGates(ctx.db)
    .where(
      and(
        status === 'all' ? undefined : eq(gates.status, status),
        run ? eq(gates.runId, run) : undefined,
        olderThan(gates.openedAt, gates.id, after),
      ),
    )
    .orderBy(desc(gates.openedAt), desc(gates.id))
    .limit(limit + 1)
  return toPage(rows, limit, ({ gate }) => encodeCursor(gate.openedAt, gate.id), toGateSummary)
}
