import { readTools } from '@/lib/agents/tools/files'
import { boundedConfidence, type ConfidenceSignals } from '@/lib/core/confidence'
import { compareTests } from '@/lib/core/evidence-compare'
import { type Review, reviewSchema } from '@/lib/core/review'
import { currentTask } from '@/lib/core/run'
import { diffEvidence } from '@/lib/core/test-guard'
import { unfinished, workAgent } from './agent'
import type { Step, StepContext } from './ports'
import { commentsText, countsText, diffText, issueText, newProblemCount, section, taskText } from './text'

const MAX_DIFF = 120_000

/** The diff, the evidence and the task, without the coder's claims, into a verdict. */
export const reviewer: Step = async (context) => {
  const bench = await context.bench()
  const workspace = bench.workspace([])
  const task = currentTask(context.run.state)
  const diff = await workspace.diff()
  const headSha = await workspace.headSha()
  const checks = await checksOf(context, diff)
  const end = await workAgent(context, {
    agent: 'reviewer',
    workspace,
    tools: readTools(workspace).filter((tool) => tool.name !== 'git_diff'),
    output: reviewSchema,
    accept: async (review) => contradictionIn(review),
    values: {
      issue: issueText(context.run.task),
      task: task ? taskText(task) : context.run.task.title,
      diff: diffText(diff, MAX_DIFF),
      evidence: checks.text,
      instructions: section('Instructions of the repository', bench.facts.instructions),
      earlier: await earlierText(context),
    },
  })
  if (end.kind !== 'finished') return { outcome: unfinished(end, (reason) => ({ kind: 'stuck', reason })) }
  const bounded = boundedConfidence(end.value.confidence, checks.signals)
  const review = { ...end.value, confidence: bounded.score }
  await context.record.review(headSha, review)
  return {
    outcome: { kind: 'reviewed', review },
    summary: { review, ownConfidence: end.value.confidence, caps: bounded.caps },
  }
}

function contradictionIn({ decision, comments }: Review): string | null {
  const blocking = comments.filter((comment) => comment.severity === 'blocking').length
  if (decision === 'approve' && blocking > 0)
    return `An approval cannot have blocking comments (it has ${blocking}).`
  if (decision === 'request_changes' && blocking === 0)
    return 'request_changes needs a blocking comment that says what must change.'
  return null
}

/** Comments of the reviewer's earlier rounds, so that it checks whether they were settled. */
async function earlierText({ record }: StepContext): Promise<string> {
  const comments = (await record.reviews()).flatMap((review) => review.comments)
  return section('Your earlier comments: check that each is settled', commentsText(comments.slice(-20)))
}

async function checksOf(
  { record }: StepContext,
  diff: string,
): Promise<{ text: string; signals: ConfidenceSignals }> {
  const facts = diffEvidence(diff, null)
  const tests = await record.latest('change', 'tests')
  const compared = tests ? compareTests(await record.latest('baseline', 'tests'), tests) : null
  const lint = await record.latest('change', 'lint')
  const types = await record.latest('change', 'types')
  const signals: ConfidenceSignals = {
    testsPassed: compared ? !compared.regressed : null,
    newLintFindings: lint ? newProblemCount(await record.latest('baseline', 'lint'), lint) : null,
    newTypeErrors: types ? newProblemCount(await record.latest('baseline', 'types'), types) : null,
    weakenedTests: facts.testFlags.length,
    outOfScopeFiles: 0,
    secretsFound: 0,
  }
  const lines = [
    `Files: ${facts.files.map((file) => `${file.file} (+${file.added} -${file.removed})`).join(', ')}`,
    tests ? `Tests: ${countsText(tests)}` : 'Tests: not run on this change yet.',
    lint ? `Lint: ${signals.newLintFindings} new findings.` : 'Lint: the project has none.',
    types ? `Types: ${signals.newTypeErrors} new errors.` : 'Types: the project has no type check.',
    ...facts.testFlags.map(
      (flag) => `Test weakened: ${flag.kind} at ${flag.file}:${flag.line}: ${flag.text}`,
    ),
  ]
  return { text: lines.join('\n'), signals }
}
