import { eq, inArray, sql } from 'drizzle-orm'
import { budgetAccounts, budgetReservations, runs } from '@/drizzle/schema'
import { type Account, formatMicros, tooSmall } from '@/lib/core/budget'
import { firstRow, type Tx } from './client'
import { newId } from './ids'

/** An account of the ledger and its limit; null: no limit. */
export interface AccountLimit {
  readonly key: string
  readonly limitMicros: number | null
}

/**
 * Holds money back on all accounts at once, or on none. Rows are locked in the order of their keys, so that two
 * reservations never wait for each other in a circle.
 */
export async function reserve(
  tx: Tx,
  input: { runId: string; accounts: readonly AccountLimit[]; micros: number; leaseToken: number },
): Promise<{ ok: true; id: string } | { ok: false; reason: string }> {
  const accounts = [...input.accounts].sort((a, b) => (a.key < b.key ? -1 : 1))
  const keys = accounts.map((account) => account.key)
  await tx
    .insert(budgetAccounts)
    .values(accounts)
    .onConflictDoUpdate({ target: budgetAccounts.key, set: { limitMicros: sql`excluded.limit_micros` } })
  const rows: Account[] = await tx
    .select()
    .from(budgetAccounts)
    .where(inArray(budgetAccounts.key, keys))
    .orderBy(budgetAccounts.key)
    .for('update')
  const short = tooSmall(rows, input.micros)
  if (short) return { ok: false, reason: describe(short, input.micros) }
  await tx
    .update(budgetAccounts)
    .set({ reservedMicros: sql`${budgetAccounts.reservedMicros} + ${input.micros}` })
    .where(inArray(budgetAccounts.key, keys))
  const id = newId()
  await tx.insert(budgetReservations).values({
    id,
    runId: input.runId,
    keys,
    micros: input.micros,
    leaseToken: input.leaseToken,
  })
  return { ok: true, id }
}

function describe(account: Account, micros: number): string {
  const spent = formatMicros(account.spentMicros + account.reservedMicros)
  const limit = formatMicros(account.limitMicros ?? 0)
  return `The next call may cost ${formatMicros(micros)}; ${account.key.split(':')[0]} budget: ${spent} of ${limit} is used.`
}

/** Turns a reservation into what was really spent (0 gives it back). False, and nothing done, when it is settled already. */
export async function settleReservation(tx: Tx, id: string, spentMicros: number): Promise<boolean> {
  const row = firstRow(
    await tx.execute(sql`select devpilot_settle_reservation(${id}::uuid, ${spentMicros}) as settled`),
  )
  return row?.settled === true
}

/** Counts a whole reservation as spent, on its accounts and its run. False when it is settled already. */
export async function countSpent(
  tx: Tx,
  runId: string,
  { id, micros }: { readonly id: string; readonly micros: number },
): Promise<boolean> {
  if (!(await settleReservation(tx, id, micros))) return false
  await tx
    .update(runs)
    .set({ costMicros: sql`${runs.costMicros} + ${micros}` })
    .where(eq(runs.id, runId))
  return true
}
