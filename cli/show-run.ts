import { isEnded } from '@/lib/core/status'
import type { BeadView, RunView } from '@/lib/services/views'
import type { Io } from './io'
import { beadMark, runMark, stepMark } from './marks'
import { asTyped } from './say'
import { lasted, money, plain, short, table } from './text'

/** A run on stdout: whole with --json, else what a person wants to know first. */
export function showRun(view: RunView, io: Io): void {
  io.data(view, () => runText(view, io))
}

function runText(view: RunView, io: Io): string {
  const { icon, word, tone } = runMark(view.status)
  const lines = [
    io.paint('bold', plain(view.title)),
    `${io.paint(tone, `${icon} ${word}`)}${view.detail && view.detail !== word ? `: ${plain(view.detail)}` : ''}`,
    '',
    table(facts(view)),
  ]
  if (view.beads.length > 0) lines.push('', table(view.beads.map((bead) => beadRow(bead, io))))
  if (view.error?.mend) lines.push('', `${io.paint('red', 'mend:')} ${plain(asTyped(view.error.mend))}`)
  return lines.join('\n')
}

function facts(view: RunView): string[][] {
  const rows = [
    ['run', view.id],
    ['repository', view.repository?.name ?? '-'],
    ['flow', `${view.flow} (${view.trigger}), asked for by ${view.requestedBy.name}`],
    ['branch', view.branch ? `${view.branch} → ${view.target ?? '?'}` : '-'],
    [
      'cost',
      `${money(view.costMicros)} of ${money(view.budgetMicros)}, ${view.turns} turns, ${view.inputTokens + view.outputTokens} tokens`,
    ],
    ['time', lasted(view.startedAt, view.endedAt)],
  ]
  if (view.fork) {
    const { step, seq, turn } = view.fork.place
    const at = turn === null ? step : `${step}, turn ${turn}`
    rows.push(['forked from', `${view.fork.run} at ${at}${seq === 0 ? '' : ` (bead ${seq})`}`])
  }
  if (view.forks.length > 0) rows.push(['forks', view.forks.map((fork) => fork.run).join(' ')])
  if (view.pullRequest) rows.push(['pull request', `${view.pullRequest.url} (${view.pullRequest.state})`])
  if (view.score !== null) rows.push(['score', `${view.score} of 100`])
  const open = isEnded(view.status) ? view.effects.filter(({ outcome }) => outcome === 'unknown') : []
  if (open.length > 0)
    rows.push(['begun, outcome unknown', open.map(({ kind }) => kind.replaceAll('_', ' ')).join(', ')])
  return rows.map((row) => row.map(plain))
}

function beadRow(bead: BeadView, io: Io): string[] {
  const { icon, tone } = beadMark(bead.status)
  const outcome = bead.outcome ? bead.outcome.kind.replaceAll('_', ' ') : bead.status
  return [
    io.paint(tone, `  ${icon}`),
    `${stepMark(bead.step)} ${short(bead.name, 50)}`,
    outcome,
    lasted(bead.startedAt, bead.endedAt),
    bead.costMicros > 0 ? money(bead.costMicros) : '',
  ]
}
