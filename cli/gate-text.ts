import type { GateView } from '@/lib/services/views'
import type { Io } from './io'
import { lasted, money, plain, short, table } from './text'

const DIFF_LINES = 400

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
    ['waiting', lasted(gate.openedAt, gate.closedAt)],
  ]
  if (gate.pullRequest) facts.push(['pull request', plain(gate.pullRequest.url)])
  const parts = [io.paint('bold', plain(gate.runTitle)), table(facts)]
  const checks = gate.checks.filter((check) => check.phase === 'change')
  if (checks.length > 0)
    parts.push(
      `Evidence\n${table(checks.map((check) => [`  ${check.kind}`, short(JSON.stringify(check.data), io.columns - 20)]))}`,
    )
  for (const review of gate.reviews.slice(-1)) {
    const comments = review.comments.map(
      (it) => `  ${it.severity}: ${plain(it.file)}${it.line ? `:${it.line}` : ''} ${short(it.body, 200)}`,
    )
    parts.push(
      [
        `Review: ${review.decision.replaceAll('_', ' ')}, confidence ${review.confidence}`,
        `  ${plain(review.summary)}`,
        ...comments,
      ].join('\n'),
    )
  }
  if (diff) parts.push(diffText(gate.diff, io))
  return parts.join('\n\n')
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
