import type { Resumption } from './figures'
import type { Plan, Report } from './scenario'
import { TURNS } from './script'
import { FLOW } from './steps'

const REAL = `Real: the engine, its store and record, workers as processes, the agents' loop with its ledger, the steps pr, evaluate, gate,
merge and reflect, the adapter for GitHub, the services that start and decide, PostgreSQL or PGlite, signals and crashes.
Not here: checkouts, sandbox, the agents' own prompts and tools, GitHub itself (the emulator) and the model (scripted,
paid by the answer).`

export function printReport(plan: Plan, report: Report): void {
  const { resumed } = report
  const rows: readonly (readonly [string, string])[] = [
    [
      'runs accepted',
      `${report.accepted} of ${FLOW.length} steps and ${TURNS} turns; ${plan.workers} workers with ${plan.concurrency} at once, as many runs under way`,
    ],
    ['runs by status', list(Object.entries(report.byStatus))],
    [
      'workers killed',
      `${report.kills}, of these at calls to the outside: ${report.points.reduce((sum, [, n]) => sum + n, 0)}`,
    ],
    ['workers frozen past their lease', String(report.freezes)],
    ['database restarts', report.restarts.join(', ') || 'none'],
    ['RUNS LOST', [report.lost, ...report.whyLost.slice(0, 5)].join('; ')],
    [
      'EFFECTS DOUBLED',
      `${report.doubled.length}${report.doubled.length > 0 ? `: ${report.doubled.slice(0, 5).join('; ')}` : ''} of ${list(Object.entries(report.effects))}`,
    ],
    [
      'TURNS PAID TWICE',
      `${report.paidTwice.length}${report.paidTwice.length > 0 ? `: ${report.paidTwice.slice(0, 5).join('; ')}` : ''} of ${report.answers} answers`,
    ],
    [
      'answers lost in flight',
      `${report.lostInFlight} (paid, and their worker died or lost the run before it could keep them)`,
    ],
    ['runs with less on record than was charged', String(report.underCounted)],
    [
      'stale writes refused',
      `${report.stale.reduce((sum, [, n]) => sum + n, 0)}${report.stale.length > 0 ? `: ${list(report.stale)}` : ''}`,
    ],
    ['from a kill to the next progress of the same run', spread(resumed.kill)],
    ['from a freeze to the next progress of the same run', spread(resumed.stop)],
    ['took', `${report.seconds.toFixed(0)} s`],
  ]
  const width = Math.max(...rows.map(([name]) => name.length))
  console.log(`\n${plan.name}`)
  for (const [name, value] of rows) console.log(`  ${name.padEnd(width)}  ${value}`)
  console.log(`  killed at: ${list([...report.points].sort())}`)
  if (report.errors.length > 0) {
    console.log('  said by workers meanwhile:')
    for (const [what, times] of report.errors.slice(0, 20)) console.log(`    ${times} x ${what}`)
  }
  console.log(REAL)
}

const list = (all: readonly (readonly [string, number])[]) =>
  all.map(([name, n]) => `${name} ${n}`).join(', ')

function spread({ ms: all, again }: Resumption): string {
  if (all.length === 0) return `none seen (${again} hit again before)`
  const sorted = [...all].sort((a, b) => a - b)
  const at = (share: number) => ((sorted[Math.floor((sorted.length - 1) * share)] ?? 0) / 1_000).toFixed(1)
  return `p50 ${at(0.5)} s, p95 ${at(0.95)} s, max ${at(1)} s (${all.length} seen; ${again} were hit again before)`
}
