import { randomUUID } from 'node:crypto'
import { mkdtempSync } from 'node:fs'
import { join } from 'node:path'
import { eq, sql } from 'drizzle-orm'
import { artifacts, beads, gates, jobs, runs } from '@/drizzle/schema'
import { defaultLimits, type GatePolicy } from '@/lib/core/limits'
import type { RunState } from '@/lib/core/run'
import type { Actor } from '@/lib/core/trigger'
import { sha256 } from '@/lib/db/client'
import { newId } from '@/lib/db/ids'
import { accessLevels, type ServiceContext } from '@/lib/services/context'
import { startRun } from '@/lib/services/runs/start'
import type { TestDatabase } from './database'

export function user(id: string): Actor {
  return { kind: 'user', id, name: id, via: 'test' }
}

/** A context of somebody who holds every access. */
export function contextOf(
  { database, home }: Pick<TestDatabase, 'database' | 'home'>,
  id = 'owner',
  part: Partial<ServiceContext> = {},
): ServiceContext {
  return {
    db: database.db,
    actor: user(id),
    grants: accessLevels,
    home,
    singleUser: true,
    wake: () => {},
    ...part,
  }
}

/** A run of a new folder, as `startRun` leaves it. The folder goes with the context's home. */
export async function someRun(ctx: ServiceContext): Promise<string> {
  const repository = mkdtempSync(join(ctx.home, 'repository-'))
  return (await startRun({ ctx, input: { repository, task: 'Mend it' } })).id
}

export const mainGate: GatePolicy = {
  id: 'pre-merge-main',
  trigger: 'before_merge_to_main',
  type: 'human_approval',
  requiredApprovers: 1,
  timeoutHours: null,
  onTimeout: 'block',
  notify: [],
}

/** A run that waits at the gate before its merge, as the engine leaves it there. */
export async function runAtGate(
  ctx: ServiceContext,
  approvers = 1,
  content = 'diff --git a/x b/x\n',
): Promise<{ run: string; gate: string; bead: string; evidence: string }> {
  const run = await someRun(ctx)
  const policy = { ...mainGate, requiredApprovers: approvers }
  const [row] = await ctx.db.select().from(runs).where(eq(runs.id, run))
  if (!row?.state) throw new Error('the run has no state')
  const step = 'gate:pre-merge-main' as const
  const state: RunState = {
    ...row.state,
    status: 'waiting_gate',
    flow: ['prepare', 'coder', step, 'merge'],
    index: 2,
    step,
    target: 'main',
    limits: { ...defaultLimits, gates: [policy] },
    gate: {
      step,
      reason: 'The flow asks for approval.',
      resume: { step: 'merge', index: 3, taskIndex: 0, grants: [] },
      timeouts: 0,
      overdue: false,
    },
  }
  const [bead, gate, diff] = [newId(), newId(), newId()]
  const evidence = sha256(randomUUID())
  await ctx.db.transaction(async (tx) => {
    await tx.update(runs).set({ status: 'waiting_gate', step, state }).where(eq(runs.id, run))
    await tx
      .update(jobs)
      .set({ state: 'parked', dueAt: null, leaseToken: sql`${jobs.leaseToken} + 1` })
      .where(eq(jobs.runId, run))
    await tx
      .insert(beads)
      .values({ id: bead, runId: run, seq: 1, step, name: step, category: 'gate', status: 'running' })
    await tx
      .insert(artifacts)
      .values({ id: diff, runId: run, beadId: bead, kind: 'diff', sha256: sha256(content), content })
    await tx.insert(gates).values({
      id: gate,
      runId: run,
      beadId: bead,
      name: 'pre-merge-main',
      status: 'waiting',
      reason: 'The flow asks for approval.',
      policy,
      evidenceHash: evidence,
      baseSha: 'b'.repeat(40),
      headSha: 'c'.repeat(40),
      diffArtifactId: diff,
      leadsTo: 'merge into main',
    })
  })
  return { run, gate, bead, evidence }
}
