import { and, asc, eq, sql } from 'drizzle-orm'
import { z } from 'zod'
import { auditLog } from '@/drizzle/schema'
import { auditHash, GENESIS } from '@/lib/db/audit'
import { authorise } from '../authorise'
import type { ServiceContext } from '../context'
import { parseInput } from '../parse'
import type { AuditReport } from './report'
import type { AuditLogRow } from './view'

export { type AuditReport, auditReportSchema } from './report'

export const verifyAuditInput = z.strictObject({
  /** Only the chain of this run. */
  run: z.uuid().optional(),
})

const BATCH = 1_000

/**
 * Computes every chain anew: sequence numbers without a gap, each entry's link to the one before, each entry's own
 * hash. Reads in batches, so memory does not grow with the log. A cut tail leaves no trace in the chain itself.
 */
export async function verifyAudit({
  ctx,
  input = {},
}: {
  ctx: ServiceContext
  input?: z.input<typeof verifyAuditInput>
}): Promise<AuditReport> {
  authorise(ctx, 'read')
  const { run } = parseInput(verifyAuditInput, input)
  let last: AuditLogRow | null = null
  let chains = 0
  let entries = 0
  for (;;) {
    const rows: AuditLogRow[] = await nextRows(ctx, run, last)
    for (const row of rows) {
      const before: AuditLogRow | null = last?.chain === row.chain ? last : null
      if (!before) chains += 1
      entries += 1
      const what = whatIsWrong(row, before)
      if (what) {
        const broken = { chain: row.chain, seq: row.seq, id: row.id, what }
        return { ok: false, chains, entries, broken }
      }
      last = row
    }
    if (rows.length < BATCH) return { ok: true, chains, entries, broken: null }
  }
}

function nextRows(ctx: ServiceContext, run: string | undefined, last: AuditLogRow | null) {
  return ctx.db
    .select()
    .from(auditLog)
    .where(
      and(
        run ? eq(auditLog.chain, run) : undefined,
        last ? sql`(${auditLog.chain}, ${auditLog.seq}) > (${last.chain}, ${last.seq})` : undefined,
      ),
    )
    .orderBy(asc(auditLog.chain), asc(auditLog.seq))
    .limit(BATCH)
}

function whatIsWrong(row: AuditLogRow, before: AuditLogRow | null): string | null {
  const due = (before?.seq ?? 0) + 1
  if (row.seq !== due) return `Entry ${due} is missing: ${row.seq} follows ${due - 1}.`
  if (row.prevHash !== (before?.hash ?? GENESIS)) return 'It does not follow from the entry before it.'
  if (row.hash !== auditHash(row)) return 'What it says is not what was written: its hash differs.'
  return null
}
