import { AppError } from '@/lib/core/app-error'
import { gateId, isGate } from '@/lib/core/flow'
import { boundEvidence } from './gate'
import type { Bench, Step, StepContext } from './ports'

/** Merges what was approved, and nothing else: any change since the approval sends the run back to its gate. */
export const merge: Step = async (context) => {
  const bench = await context.bench()
  const { run, record } = context
  const forge = await context.forge()
  const pull = await record.pullRequest()
  if (!pull)
    throw new AppError('not_found', 'The run has no pull request to merge.', {
      mend: 'Put a pr step before merge.',
    })
  const headSha = await bench.workspace([]).headSha()
  const now = await forge.getPullRequest(pull.number)
  if (now?.state !== 'merged') {
    const changed =
      now && now.headSha !== headSha ? 'somebody pushed to the branch' : await changedSince(context, bench)
    if (changed) return { outcome: { kind: 'evidence_changed', reason: changed } }
  }
  await forge.markReady(pull.number)
  const merged = await forge.merge({
    key: `${run.id}:merge`,
    number: pull.number,
    headSha,
    method: bench.config.merge.method,
    message: `${run.title} (#${pull.number})`,
  })
  await record.merged(merged)
  await record.event('log', {
    text: `merged into ${bench.target} as ${merged.mergeSha?.slice(0, 7) ?? 'unknown'}`,
  })
  await bench.remove()
  return {
    outcome: { kind: 'done' },
    summary: { mergeSha: merged.mergeSha, number: pull.number, target: bench.target },
    run: { merged: true },
  }
}

/** Why the approval no longer holds, or null. The last gate of the flow that holds for this target speaks. */
async function changedSince(context: StepContext, bench: Bench): Promise<string | null> {
  const { flow, index, skipped } = context.run.state
  const step = flow.slice(0, index).findLast((one) => isGate(one) && !skipped.includes(one))
  if (step === undefined || !isGate(step)) return null
  const approved = await context.record.approvedEvidence(gateId(step))
  const now = await boundEvidence(context, bench, step)
  return approved === now.evidenceHash ? null : 'the change, its plan or its policy is not what was approved'
}
