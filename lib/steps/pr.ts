import { MICROS_PER_DOLLAR } from '@/lib/core/budget'
import type { TestEvidence } from '@/lib/core/evidence'
import { isGate } from '@/lib/core/flow'
import { showCheck, showEvidence } from './check'
import { digest } from './digest'
import { outside, outsideIfAllowed } from './outside'
import type { Bench, Step, StepContext } from './ports'
import { secretsHold } from './secrets'
import { commentsText, countsText } from './text'

/** Pushes the branch and opens the pull request as a draft, each once; it becomes ready at the gate's approval. */
export const pr: Step = async (context) => {
  const bench = await context.bench()
  const workspace = bench.workspace([])
  const { run, record } = context
  await workspace.commit('devpilot: last changes')
  const diff = await workspace.diff()
  if (diff === '') return { outcome: { kind: 'abort', reason: 'The run changed nothing.' } }
  const headSha = await workspace.headSha()
  const held = await secretsHold(context, bench, { diff, headSha })
  if (held !== null) return { outcome: { kind: 'secrets_found', reason: held }, run: { headSha } }
  const forge = await context.forge()
  const { branch, target, mirror } = bench
  // Of this bead, as the pull request is: whether the branch is there is looked at, for somebody may have deleted it.
  const push = { key: `${context.bead.id}:push:${headSha}`, kind: 'push', intent: { branch, headSha } }
  await outside(context, push, async () => {
    await forge.push({ mirror, branch, headSha })
    return { branch, headSha }
  })
  const key = `${run.id}:pull-request`
  const text = { key, title: run.title, body: await withTemplate(bench, await bodyOf(context)) }
  const asked = { branch, target, headSha, draft: true }
  // Done again later, it is looked at as it is then.
  const effect = {
    key: `${context.bead.id}:pull-request`,
    kind: 'pull_request',
    intent: { ...asked, title: run.title, body: digest(text.body) },
  }
  const ref = await outside(context, effect, async () => ({
    ...(await forge.openPullRequest({ ...text, ...asked })),
  }))
  const labels = await label(context, bench, ref.number)
  await record.savePullRequest(ref, { ...text, labels })
  if (shownLater(context)) await showCheck(context, headSha, underWay)
  else await showEvidence(context, headSha)
  await comment(context, ref.number)
  const result = { number: ref.number, url: ref.url, branch, target, headSha }
  await record.event('log', { text: `pull request ${ref.number}: ${ref.url}` })
  return { outcome: { kind: 'done' }, summary: result, run: { headSha, branch } }
}

const underWay = { state: 'pending', summary: 'The run is under way.' } as const

/** Whether a later step of the flow shows what the change came to: `evaluate`, `merge`, a gate that holds here. */
function shownLater({ run }: StepContext): boolean {
  const { flow, index, skipped } = run.state
  return flow
    .slice(index + 1)
    .some((step) => step === 'evaluate' || step === 'merge' || (isGate(step) && !skipped.includes(step)))
}

async function comment(context: StepContext, number: number): Promise<void> {
  const { record, run, forge } = context
  const last = (await record.reviews()).at(-1)
  if (!last || last.comments.length === 0) return
  const comments = last.comments.map((one, index) => ({
    key: `${run.id}:review:${index}`,
    file: one.file,
    line: one.line,
    body: `**${one.severity}** (${one.category}): ${one.body}`,
  }))
  const places = comments.map(({ key, file, line, body }) => ({ key, file, line, body: digest(body) }))
  const effect = {
    key: `${run.id}:review-comments:${number}`,
    kind: 'comment',
    intent: { number, comments: places },
  }
  await outside(context, effect, async () => {
    await (await forge()).addReviewComments(number, comments)
    return { comments: comments.length }
  })
}

/** Once for a pull request: a label that a person took off stays off. @returns those that it was given */
async function label(context: StepContext, { config }: Bench, number: number): Promise<string[]> {
  const { run, forge } = context
  const { auto_label_prs, labels } = config.integrations.github
  if (!auto_label_prs) return []
  const add = isWritten(context) ? [labels.needs_review] : [labels.ai_generated, labels.needs_review]
  const effect = { key: `${run.id}:labels:${number}`, kind: 'label', intent: { number, add } }
  const done = await outsideIfAllowed(context, effect, async () =>
    (await forge()).setLabels(number, { add, remove: [] }),
  )
  return done ? add : []
}

/** Whether the change is a person's own text, that no model wrote and no tests were run for. */
function isWritten({ run }: StepContext): boolean {
  return run.state.flow.includes('write')
}

/** The repository's own template stands first, where the configuration names one that the base has. */
async function withTemplate({ config, readBase }: Bench, body: string): Promise<string> {
  const { pr_template: path } = config.integrations.github
  const template = path === undefined ? null : await readBase(path)
  return template === null ? body : `${template.trim()}\n\n${body}`
}

async function bodyOf(context: StepContext): Promise<string> {
  const { run, record } = context
  const coded = (await record.beadsOf('coder')).flatMap(({ summary }) =>
    summary.summary ? [String(summary.summary)] : [],
  )
  const criteria = run.state.tasks.flatMap((task) =>
    task.acceptance_criteria.map((criterion) => `- ${criterion}`),
  )
  const proof = await record.latest('change', 'proof')
  const review = (await record.reviews()).at(-1)
  const issue = run.task.issue === undefined ? '' : `Closes #${run.task.issue}.`
  const parts: [string, string][] = [
    [
      'What and why',
      [coded.at(-1) ?? (isWritten(context) ? run.task.body || run.task.title : run.task.title), issue]
        .filter(Boolean)
        .join('\n\n'),
    ],
    ['Acceptance criteria', criteria.join('\n')],
    [
      'Tests',
      isWritten(context)
        ? ''
        : testText(
            await record.latest('baseline', 'tests'),
            await record.latest('change', 'tests'),
            proof?.provenBy ?? [],
          ),
    ],
    ['Review', review ? `${review.summary}\n${commentsText(review.comments)}` : ''],
  ]
  const text = parts
    .filter(([, body]) => body.trim() !== '')
    .map(([title, body]) => `## ${title}\n${body.trim()}`)
  if (isWritten(context)) {
    const who = run.requestedBy.name
    return `${text.join('\n\n')}\n\n---\nWritten by ${who} in DevPilot; no model had a part in it.`
  }
  return `${text.join('\n\n')}\n\n---\nMade by DevPilot. Budget $${run.budgetMicros / MICROS_PER_DOLLAR}; every step is on record.`
}

function testText(
  before: TestEvidence | null,
  after: TestEvidence | null,
  provenBy: readonly string[],
): string {
  if (!after) return 'The project has no tests that could be run.'
  const base = before ? `Before: ${countsText(before)}.\n` : ''
  const proof = provenBy.slice(0, 20).map((id) => `- ${id}`)
  return `${base}After: ${countsText(after)}.${proof.length > 0 ? `\n\nFail without this change, pass with it:\n${proof.join('\n')}` : ''}`
}
