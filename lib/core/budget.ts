/** Money is counted in whole micro-dollars: 1,000,000 are one dollar. */
export const MICROS_PER_DOLLAR = 1_000_000

/** One account of the ledger: a run, a repository's day, the installation's day, a trigger's day. */
export interface Account {
  readonly key: string
  /** null: no limit. */
  readonly limitMicros: number | null
  readonly spentMicros: number
  readonly reservedMicros: number
}

/** What may still be reserved; Infinity without a limit. */
export function remainingMicros(account: Account): number {
  if (account.limitMicros === null) return Number.POSITIVE_INFINITY
  return Math.max(0, account.limitMicros - account.spentMicros - account.reservedMicros)
}

/** The first account that has no room for this amount, or null when all have. */
export function tooSmall(accounts: readonly Account[], micros: number): Account | null {
  return accounts.find((account) => remainingMicros(account) < micros) ?? null
}

/** `$0.42`, and four digits under a cent. */
export function formatMicros(micros: number): string {
  const dollars = micros / MICROS_PER_DOLLAR
  return `$${dollars.toFixed(dollars !== 0 && Math.abs(dollars) < 0.01 ? 4 : 2)}`
}

/** Accounts that a run's spending counts against. `day` is YYYY-MM-DD in UTC. */
export function accountKeys(
  run: { id: string; repositoryId: string; trigger: string },
  day: string,
): string[] {
  return [
    `run:${run.id}`,
    `repository:${run.repositoryId}:${day}`,
    `trigger:${run.trigger}:${day}`,
    `day:${day}`,
  ]
}
