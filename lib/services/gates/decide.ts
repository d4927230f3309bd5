import { desc, eq } from 'drizzle-orm'
import { z } from 'zod'
import { gateDecisions, type gates } from '@/drizzle/schema'
import { mayDecide, type Verdict } from '@/lib/core/approver'
import { tally } from '@/lib/core/gate'
import type { Outcome } from '@/lib/core/outcome'
import { route } from '@/lib/core/route'
import { isEnded } from '@/lib/core/status'
import { appendAudit } from '@/lib/db/audit'
import type { Tx } from '@/lib/db/client'
import { appendEvents } from '@/lib/db/events'
import { newId } from '@/lib/db/ids'
import { transition } from '@/lib/db/transition'
import { AppError } from '@/lib/errors'
import { authorise } from '../authorise'
import type { ServiceContext } from '../context'
import { parseInput } from '../parse'
import { type HeldRun, holdGate } from '../runs/hold'
import { isAlone } from '../users/people'
import type { GateView } from '../views'
import { gateView, noGate } from './get'
import { nudge, tooLate } from './late'
import { asKnownNow, askedGate, decisionsAt } from './who'

export const decideGateInput = z.strictObject({
  gate: z.uuid(),
  decision: z.enum(['approve', 'reject']),
  /** Needed with `reject`. */
  reason: z.string().trim().min(1).max(4_000).optional(),
  /** The evidence hash that was looked at: another one by now refuses the decision. */
  evidence: z.string().regex(/^[0-9a-f]{64}$/, 'the 64 hex digits of the gate that was looked at'),
})
type Decide = z.output<typeof decideGateInput>
type GateRow = typeof gates.$inferSelect

interface Deciding {
  readonly ctx: ServiceContext
  readonly input: z.input<typeof decideGateInput>
}

/** As `recordDecision`, and the gate as it is then: who may decide it may see what became of it. */
export async function decideGate({ ctx, input }: Deciding): Promise<GateView> {
  await recordDecision({ ctx, input })
  return gateView(ctx, input.gate)
}

/**
 * A person's decision at a gate. With the last one that it needs, the gate closes and the run goes on (or ends) in
 * the same transaction; of decisions that come together, one wins and the others get `conflict`.
 * @throws AppError('not_found'), 'conflict' when it is decided, void or lapsed, or its time is over, 'stale_evidence' when the change is
 *   no longer the one that was looked at, 'forbidden' for agents and for a requester's own approval
 */
export async function recordDecision({ ctx, input }: Deciding): Promise<void> {
  authorise(ctx, 'approve')
  const wanted = parseInput(decideGateInput, input)
  // The "…" of an example that was typed word for word is no reason.
  if (wanted.decision === 'reject' && !/[\p{L}\p{N}]/u.test(wanted.reason ?? '')) {
    throw new AppError('bad_request', 'reason: a rejection says why.', {
      place: 'reason',
      mend: 'Say it in words; whoever asked for the run reads them.',
    })
  }
  const { runId, late } = await ctx.db.transaction((tx) => decide(tx, ctx, wanted))
  ctx.wake(runId)
  if (late) throw late
}

interface Decided {
  readonly runId: string
  /** Why nothing was decided; what is done instead is committed. */
  readonly late: AppError | null
}

async function decide(tx: Tx, ctx: ServiceContext, wanted: Decide): Promise<Decided> {
  const held = await holdGate(tx, wanted.gate)
  if (!held) throw noGate(wanted.gate)
  const { gate } = held
  const { runId } = gate
  await assertOpen(tx, gate, held)
  assertFresh(gate, wanted)
  const before = (await decisionsAt(tx, [gate.id])).get(gate.id) ?? []
  const known = await asKnownNow(tx, ctx, [held.run.requestedBy])
  const asked = askedGate({ gate, requestedBy: known(held.run.requestedBy), decisions: before })
  // Asked in this transaction: somebody may have joined since the request began.
  const singleUser = ctx.singleUser && (await isAlone(tx, ctx.actor.id))
  const verdict = mayDecide({ ...ctx, singleUser }, asked, wanted.decision)
  if (!verdict.may) throw refusal(verdict)
  const late = await tooLate(tx, gate, held)
  if (late) {
    await nudge(tx, runId)
    return { runId, late }
  }
  await record(tx, ctx, gate, wanted)
  const decisions = [...before, { actorId: ctx.actor.id, decision: wanted.decision }]
  const result = tally(decisions, gate.policy.requiredApprovers)
  const data = {
    gate: gate.name,
    gateId: gate.id,
    evidence: gate.evidenceHash,
    head: gate.headSha,
    reason: wanted.reason ?? null,
    approvals: decisions.filter(({ decision }) => decision === 'approve').length,
    required: gate.policy.requiredApprovers,
    ...(verdict.singleUser ? { single_user: true } : {}),
  }
  if (result === 'waiting') {
    await appendAudit(tx, { runId, actor: ctx.actor, action: 'gate.approval_added', data })
    await appendEvents(tx, [{ runId, beadId: gate.beadId, kind: 'gate', data }])
    return { runId, late }
  }
  await close(tx, ctx, { gate, held, wanted, result, data })
  return { runId, late }
}

/** Who comes too late is told what happened, and by whom. */
async function assertOpen(tx: Tx, gate: GateRow, { run, state }: HeldRun): Promise<void> {
  const here = run.status === 'waiting_gate' && state.gate?.step === `gate:${gate.name}`
  if (gate.status === 'waiting' && here) return
  const what = { waiting: 'void', approved: 'approved', rejected: 'rejected', lapsed: 'lapsed', void: 'void' }
  const [last] = await tx
    .select({ actor: gateDecisions.actor })
    .from(gateDecisions)
    .where(eq(gateDecisions.gateId, gate.id))
    .orderBy(desc(gateDecisions.at))
    .limit(1)
  const decided = gate.status === 'approved' || gate.status === 'rejected'
  const who = last && decided ? ` by ${last.actor.name}` : ''
  throw new AppError('conflict', `This gate is ${what[gate.status]} already${who}.`, {
    mend: `Look at the run ${gate.runId}: it has ${isEnded(run.status) ? 'ended' : 'gone on'}.`,
  })
}

function assertFresh(gate: GateRow, wanted: Decide): void {
  if (wanted.evidence === gate.evidenceHash) return
  throw new AppError('stale_evidence', 'The change is no longer the one that this decision is about.', {
    place: 'evidence',
    mend: 'Look at the gate again, and decide on what it shows now.',
  })
}

function refusal({ why, sentence, mend }: Extract<Verdict, { may: false }>): AppError {
  return new AppError(why === 'decided' || why === 'closed' ? 'conflict' : 'forbidden', sentence, { mend })
}

async function record(tx: Tx, ctx: ServiceContext, gate: GateRow, wanted: Decide): Promise<void> {
  await tx.insert(gateDecisions).values({
    id: newId(),
    gateId: gate.id,
    decision: wanted.decision,
    actor: ctx.actor,
    actorId: ctx.actor.id,
    reason: wanted.reason ?? null,
    evidenceHash: wanted.evidence,
  })
}

interface Closing {
  readonly gate: GateRow
  readonly held: HeldRun
  readonly wanted: Decide
  readonly result: 'approved' | 'rejected'
  readonly data: Readonly<Record<string, unknown>>
}

/** Moves the run, and closes the gate and its bead with it. */
async function close(tx: Tx, ctx: ServiceContext, closing: Closing): Promise<void> {
  const { gate, held, wanted, result, data } = closing
  const outcome: Outcome =
    result === 'approved' ? { kind: 'approved' } : { kind: 'rejected', reason: wanted.reason ?? 'Rejected.' }
  const to = route(held.state, outcome)
  await transition(tx, {
    runId: gate.runId,
    from: held.run.status,
    to,
    actor: ctx.actor,
    action: `gate.${result}`,
    data,
    due: isEnded(to.status) ? null : { inMs: 0 },
    decided: { gate: gate.id, bead: gate.beadId, status: result, outcome },
    events: [{ beadId: gate.beadId, kind: 'gate', data: { ...data, result } }],
  })
}
