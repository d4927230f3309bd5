import { placeWords } from '@/lib/core/diff-place'
import { evidenceSchema } from '@/lib/core/evidence'
import { evidenceWords } from '@/lib/core/evidence-words'
import { unreviewed } from '@/lib/core/unreviewed'
import type { EvidenceView, GateItem, GateView } from '@/lib/services/views'
import type { Io } from './io'
import { ago, lasted, money, plain, short, table } from './text'

const DIFF_LINES = 400

/** Why the one who asks may not approve, and who may; empty: they may. */
export function whyNot({ mayApprove }: Pick<GateItem, 'mayApprove'>): string {
  return mayApprove.may ? '' : plain(`${mayApprove.sentence} ${mayApprove.mend}`)
}

/** What a decision is made from. @param diff whether to show the change itself */
export function gateText(gate: GateView, io: Io, diff: boolean): string {
  const facts = [
    ['gate', `${gate.name} (${gate.id})`],
    ['run', gate.runId],
    ['asks', plain(gate.reason)],
    ['approving', plain(gate.leadsTo)],
    ['commit', `${gate.headSha.slice(0, 12)} on ${gate.branch ?? '?'} → ${gate.target ?? '?'}`],
    ['approvals', `${gate.approvals} of ${gate.requiredApprovers}`],
    ['cost so far', `${money(gate.costMicros)} of ${money(gate.budgetMicros)}`],
    [gate.closedAt === null ? 'waiting' : 'waited', lasted(gate.openedAt, gate.closedAt)],
    ...gate.decisions.map(({ decision, actor, reason, at }) => [
      decision === 'approve' ? 'approved' : 'rejected',
      plain(`by ${actor.name}, ${ago(at)}${reason === null ? '' : `: ${reason}`}`),
    ]),
  ]
  if (gate.status !== 'waiting') facts.push(['now', gate.status])
  if (gate.status === 'waiting' && !gate.mayApprove.may) facts.push(['you', whyNot(gate)])
  if (gate.pullRequest) facts.push(['pull request', plain(gate.pullRequest.url)])
  const parts = [io.paint('bold', plain(gate.runTitle)), table(facts)]
  const checks = checkRows(gate, io.columns - 20)
  if (checks.length > 0) parts.push(`Evidence\n${table(checks)}`)
  const unseen = unreviewed(gate)
  for (const { headSha, review } of gate.reviews.slice(-1)) {
    const comments = review.comments.map(
      (it) => `  ${it.severity}: ${plain(it.file)}${it.line ? `:${it.line}` : ''} ${short(it.body, 200)}`,
    )
    parts.push(
      [
        `Review of ${headSha.slice(0, 7)}: ${review.decision.replaceAll('_', ' ')}, confidence ${review.confidence}`,
        `  ${plain(review.summary)}`,
        ...(unseen === null ? [] : [io.paint('yellow', `  ${unseen}`)]),
        ...comments,
      ].join('\n'),
    )
  }
  if (gate.comments.length > 0) {
    const said = gate.comments.map(
      ({ actor, body, at, place, earlier }) =>
        `  ${plain(actor.name)}, ${ago(at)}${place ? `, on ${plain(placeWords(place))}` : ''}${
          earlier ? ' of an earlier change' : ''
        }: ${plain(body).replaceAll('\n', '\n    ')}`,
    )
    parts.push(['Comments', ...said].join('\n'))
  }
  if (diff) parts.push(diffText(gate.diff, io))
  return parts.join('\n\n')
}

/** What was checked of the change, and of what was not: how the base did. */
function checkRows({ checks }: GateView, room: number): string[][] {
  const of = (phase: EvidenceView['phase']) => checks.filter((check) => check.phase === phase)
  const known = new Set(of('change').map(({ kind }) => kind))
  const before = of('baseline').filter(({ kind }) => onBoth.includes(kind) && !known.has(kind))
  return [
    ...of('change').map(({ kind, data }) => [`  ${kind}`, short(checkText(data), room)]),
    ...before.map(({ kind, data }) => [
      `  ${kind}`,
      short(`not run on this change; on the untouched base: ${checkText(data)}`, room),
    ]),
  ]
}

const onBoth: readonly string[] = ['tests', 'lint', 'types']

/** What a check found, in a few words; the rest is in --json. */
function checkText(data: EvidenceView['data']): string {
  const parsed = evidenceSchema.safeParse(data)
  return parsed.success ? evidenceWords(parsed.data) : JSON.stringify(data)
}

function diffText(diff: string, io: Io): string {
  const lines = diff.split('\n')
  const shown = lines.slice(0, DIFF_LINES).map((line) => {
    if (line.startsWith('+')) return io.paint('green', plain(line))
    if (line.startsWith('-')) return io.paint('red', plain(line))
    return line.startsWith('@@') ? io.paint('cyan', plain(line)) : plain(line)
  })
  const rest = lines.length - DIFF_LINES
  return [...shown, ...(rest > 0 ? [`… ${rest} more lines: --json has them all`] : [])].join('\n')
}
