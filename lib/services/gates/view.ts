import { eq, sql } from 'drizzle-orm'
import { gates, repositories, runs } from '@/drizzle/schema'
import type { Actor } from '@/lib/core/trigger'
import type { Db, Tx } from '@/lib/db/client'
import { isoOrNull } from '../runs/summary'
import type { GateSummary } from '../views'

export interface GateListRow {
  readonly gate: typeof gates.$inferSelect
  readonly runTitle: string
  readonly repository: string | null
  readonly approvals: number
  readonly run: {
    readonly repositoryId: string | null
    readonly target: string | null
    readonly requestedBy: Actor
    readonly costMicros: number
    readonly budgetMicros: number
    readonly score: number | null
  }
}

/** Gates with what their lists show of run and repository. */
export function selectGates(db: Db | Tx) {
  const approvals = sql<number>`(select count(*)::int from gate_decisions d
    where d.gate_id = "gates"."id" and d.decision = 'approve')`
  const { repositoryId, target, requestedBy, costMicros, budgetMicros, score } = runs
  const run = { repositoryId, target, requestedBy, costMicros, budgetMicros, score }
  return db
    .select({ gate: gates, runTitle: runs.title, repository: repositories.name, approvals, run })
    .from(gates)
    .innerJoin(runs, eq(runs.id, gates.runId))
    .leftJoin(repositories, eq(repositories.id, runs.repositoryId))
}

export function toGateSummary({
  gate,
  runTitle,
  repository,
  approvals,
}: Omit<GateListRow, 'run'>): GateSummary {
  const { id, runId, name, status, reason, leadsTo, policy, overdue } = gate
  return {
    id,
    runId,
    runTitle,
    repository,
    name,
    status,
    reason,
    leadsTo,
    policy,
    evidence: gate.evidenceHash,
    requiredApprovers: policy.requiredApprovers,
    approvals,
    overdue,
    openedAt: gate.openedAt.toISOString(),
    expiresAt: isoOrNull(gate.expiresAt),
    closedAt: isoOrNull(gate.closedAt),
  }
}
