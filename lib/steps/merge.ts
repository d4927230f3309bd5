import { AppError } from '@/lib/core/app-error'
import { type GateStep, isGate } from '@/lib/core/flow'
import type { PullRequestRef } from '@/lib/forge/forge'
import { showEvidence } from './check'
import { approvedTip } from './gate'
import { outside, outsideIfAllowed } from './outside'
import type { Bench, Step, StepContext } from './ports'

/** Merges what was approved, and nothing else: any change since the approval sends the run back to its gate. */
export const merge: Step = async (context) => {
  const bench = await context.bench()
  const { record } = context
  const pull = await record.pullRequest()
  if (!pull)
    throw new AppError('not_found', 'The run has no pull request to merge.', {
      mend: 'Put a pr step before merge.',
    })
  const headSha = await bench.workspace([]).headSha()
  const now = await (await context.forge()).getPullRequest(pull.number)
  const approval = now?.state === 'merged' ? {} : await approvalOf(context, bench, now, headSha)
  const { reason, gate } = approval
  if (reason !== undefined) return { outcome: { kind: 'evidence_changed', reason, ...gate } }
  try {
    const merged = await mergeOnce(context, bench, { ...pull, headSha }, approval.targetSha)
    await record.merged(merged, await unlabel(context, bench, pull.number))
    await record.event('log', {
      text: `merged into ${bench.target} as ${merged.mergeSha?.slice(0, 7) ?? 'unknown'}`,
    })
    await bench.remove()
    return {
      outcome: { kind: 'done' },
      summary: { mergeSha: merged.mergeSha, number: pull.number, target: bench.target },
      run: { merged: true },
    }
  } catch (error) {
    if (!(error instanceof AppError && error.code === 'stale_evidence')) throw error
    return { outcome: { kind: 'evidence_changed', reason: error.message, ...gate } }
  }
}

async function mergeOnce(
  context: StepContext,
  bench: Bench,
  { number, headSha }: PullRequestRef,
  targetSha: string | undefined,
): Promise<PullRequestRef> {
  const { run, bead } = context
  const forge = await context.forge()
  const ready = { key: `${bead.id}:ready`, kind: 'ready', intent: { number } }
  await outside(context, ready, async () => {
    await forge.markReady(number)
    return { number }
  })
  // A branch rule may ask for it; flows without `evaluate` have it only from here on.
  await showEvidence(context, headSha)
  const { method } = bench.config.merge
  const asked = { number, headSha, target: bench.target, targetSha, method }
  const effect = { key: `${run.id}:merge:${headSha}`, kind: 'merge', intent: asked }
  return outside(context, effect, async () => ({
    ...(await forge.merge({ ...asked, key: `${run.id}:merge`, message: `${run.title} (#${number})` })),
  }))
}

/** What is merged needs no review. @returns the labels that were taken off */
async function unlabel(context: StepContext, { config }: Bench, number: number): Promise<string[]> {
  const { run, forge } = context
  const { auto_label_prs, labels } = config.integrations.github
  if (!auto_label_prs) return []
  const remove = [labels.needs_review]
  const effect = { key: `${run.id}:labels:merged`, kind: 'label', intent: { number, remove } }
  const done = await outsideIfAllowed(context, effect, async () =>
    (await forge()).setLabels(number, { add: [], remove }),
  )
  return done ? remove : []
}

interface Approval {
  /** Why the approvals no longer hold; absent: they do. */
  readonly reason?: string
  /** The gate that is to be asked again, as the outcome names it. */
  readonly gate?: { readonly gate: GateStep }
  /** The target's tip that was approved. */
  readonly targetSha?: string
}

/** Whether every gate of the flow that holds approved just what is there now. */
async function approvalOf(
  context: StepContext,
  bench: Bench,
  now: PullRequestRef | null,
  headSha: string,
): Promise<Approval> {
  const { flow, index, skipped } = context.run.state
  const gates = flow
    .slice(0, index)
    .filter(isGate)
    .filter((step) => !skipped.includes(step))
  const first = gates[0] === undefined ? {} : { gate: { gate: gates[0] } }
  if (now && now.headSha !== headSha) return { reason: 'somebody pushed to the branch', ...first }
  if (now && now.target !== bench.target)
    return { reason: `the pull request now goes into ${now.target}, not ${bench.target}`, ...first }
  const tip = await bench.targetTip()
  let held: Approval = {}
  for (const gate of gates) {
    const approved = await approvedTip(context, bench, gate)
    if (approved === null)
      return { reason: 'the change, its plan or its policy is not what was approved', gate: { gate } }
    const targetSha = approved.baseSha
    if (held.targetSha === undefined || held.targetSha === tip) held = { gate: { gate }, targetSha }
  }
  if (held.targetSha === undefined || held.targetSha === tip) return held
  // A pull request that is ready may have been merged by a worker that died: then the target moved by our own merge,
  // which the forge knows by its key. It merges nothing else, as it is told the commit that was approved.
  if (now?.state === 'open') return held
  const moved = `${held.targetSha.slice(0, 7)} to ${tip.slice(0, 7)}`
  return { ...held, reason: `${bench.target} has moved since, from ${moved}` }
}
