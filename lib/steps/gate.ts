import { createHash } from 'node:crypto'
import { AppError } from '@/lib/core/app-error'
import { type FlowStep, type GateStep, gateId, isGate } from '@/lib/core/flow'
import { evidenceText } from '@/lib/core/gate'
import { policyOf } from '@/lib/core/route'
import { showEvidence } from './check'
import type { Bench, Step, StepContext } from './ports'

/** Asks people: opens the gate, bound to what is there now. The run then waits; no process does. */
export const gate: Step = async (context) => {
  const bench = await context.bench()
  const { state } = context.run
  const { step, gate: asked } = state
  if (!asked || step === 'end' || !isGate(step)) throw new AppError('internal', 'The run stands at no gate.')
  const theirs = await bench.adopt()
  if (theirs !== null) {
    await context.record.event('log', { text: `took over commits on ${bench.branch}: ${theirs.slice(0, 7)}` })
    const outcome = { kind: 'adopted', headSha: theirs } as const
    return { outcome, summary: { adopted: theirs }, run: { headSha: theirs } }
  }
  const bound = await boundEvidence(context, bench, step, await bench.targetTip())
  await showEvidence(context, bound.headSha)
  await context.record.openGate({
    name: gateId(step),
    reason: asked.reason,
    policy: policyOf(state, step),
    leadsTo: leadsTo(context, bench, asked.resume.step),
    ...bound,
  })
  const { baseSha, headSha } = bound
  return { outcome: { kind: 'waiting' }, summary: { reason: asked.reason, baseSha }, run: { headSha } }
}

/**
 * What an approval at this gate is bound to, as it is now (spec.md section 7).
 * @param baseSha the target's tip: what the change would be merged into
 */
export async function boundEvidence(
  { run }: StepContext,
  bench: Bench,
  step: FlowStep,
  baseSha: string,
): Promise<{ baseSha: string; headSha: string; diff: string; evidenceHash: string }> {
  const workspace = bench.workspace([])
  const headSha = await workspace.headSha()
  const diff = await workspace.diff()
  const plan = JSON.stringify(run.state.tasks)
  const policy = JSON.stringify(policyOf(run.state, step))
  const text = evidenceText({ baseSha, headSha, diff, plan, policy })
  return { baseSha, headSha, diff, evidenceHash: createHash('sha256').update(text).digest('hex') }
}

/**
 * The newest approval of a gate, when the change, its plan and its policy are still what was approved.
 * @returns the target's tip that it was given for, which may have moved since; null when it does not hold
 */
export async function approvedTip(
  context: StepContext,
  bench: Bench,
  step: GateStep,
): Promise<{ baseSha: string; reason: string } | null> {
  const { record } = context
  const approved = await record.approvedEvidence(gateId(step))
  const { baseSha, reason } = (await record.beadsOf(step)).at(-1)?.summary ?? {}
  if (approved === null || typeof baseSha !== 'string') return null
  const { evidenceHash } = await boundEvidence(context, bench, step, baseSha)
  return approved === evidenceHash ? { baseSha, reason: String(reason) } : null
}

/** What approving will do, as `Approve and …` goes on. */
function leadsTo({ run }: StepContext, bench: Bench, step: FlowStep | 'end'): string {
  if (step === 'end') return 'end the run'
  if (step === 'merge') return `merge into ${bench.target} (${bench.config.merge.method})`
  if (step === 'pr') return `open a pull request into ${bench.target}`
  const task = run.state.tasks[run.state.gate?.resume.taskIndex ?? 0]
  return `go on with ${step}${step === 'coder' && task ? `: ${task.title}` : ''}`
}
