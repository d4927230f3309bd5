import { and, eq, inArray } from 'drizzle-orm'
import { gates, repositories, runs } from '@/drizzle/schema'
import { describeState } from '@/lib/core/run'
import { isEnded } from '@/lib/core/status'
import type { Db, Tx } from '@/lib/db/client'
import type { RunSummary } from '../views'
import { deadOf } from './dead'

export type RunRow = typeof runs.$inferSelect
type Repository = RunSummary['repository']

export function isoOrNull(date: Date | null): string | null {
  return date === null ? null : date.toISOString()
}

export function toRunSummary(row: RunRow, repository: Repository, gateId: string | null): RunSummary {
  const { id, source, flow, trigger, title, status, step, requestedBy, branch, target, score, turns } = row
  return {
    id,
    source,
    repository,
    flow,
    trigger,
    title,
    status,
    step,
    detail: detailOf(row),
    requestedBy,
    branch,
    target,
    budgetMicros: row.budgetMicros,
    costMicros: row.costMicros,
    inputTokens: row.inputTokens,
    outputTokens: row.outputTokens,
    turns,
    score,
    createdAt: row.createdAt.toISOString(),
    startedAt: isoOrNull(row.startedAt),
    endedAt: isoOrNull(row.endedAt),
    gateId,
    forkOf: row.forkOf,
    agents: row.agents,
    models: row.models,
    dead: deadOf(row),
  }
}

function detailOf(row: RunRow): string {
  if (row.state && !isEnded(row.status)) return describeState(row.state)
  return row.ending ?? (row.state ? describeState(row.state) : row.status)
}

/** One run as a list shows it; null when there is none. */
export async function findRunSummary(db: Db | Tx, id: string): Promise<RunSummary | null> {
  const [row] = await selectRuns(db).where(eq(runs.id, id))
  if (!row) return null
  const waiting = await waitingGates(db, [id])
  return toRunSummary(row.run, row.repository, waiting.get(id) ?? null)
}

/** Runs with the few columns of their repository that views show. */
export function selectRuns(db: Db | Tx) {
  return db
    .select({
      run: runs,
      repository: { id: repositories.id, name: repositories.name, forge: repositories.forge },
    })
    .from(runs)
    .leftJoin(repositories, eq(repositories.id, runs.repositoryId))
}

/** The gates that these runs wait at, by run. */
export async function waitingGates(db: Db | Tx, ids: readonly string[]): Promise<Map<string, string>> {
  if (ids.length === 0) return new Map()
  const rows = await db
    .select({ id: gates.id, runId: gates.runId })
    .from(gates)
    .where(and(inArray(gates.runId, [...ids]), eq(gates.status, 'waiting')))
  return new Map(rows.map((row) => [row.runId, row.id]))
}
