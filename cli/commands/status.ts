import { MICROS_PER_DOLLAR } from '@/lib/core/budget'
import type { GateItem, RunSummary, StatsView } from '@/lib/services/views'
import { withApi } from '../connect'
import { whyNot } from '../gate-text'
import type { Invocation } from '../invocation'
import type { Io } from '../io'
import { runMark } from '../marks'
import { shortId } from '../resolve'
import { runTable } from '../run-table'
import { asTyped, say } from '../say'
import { ago, short, table } from '../text'

const OPEN = ['queued', 'running', 'waiting_gate', 'waiting_external', 'paused_budget'] as const

export async function command({ io }: Invocation): Promise<number> {
  return withApi(io, async (api) => {
    const [stats, gates, open, failed] = await Promise.all([
      api.stats(),
      api.listGates({ limit: 20 }),
      api.listRuns({ limit: 20, status: [...OPEN] }),
      api.listRuns({ limit: 5, status: ['failed'] }),
    ])
    const data = { server: api.pages, stats, gates: gates.items, open: open.items, failed: failed.items }
    io.data(data, () => statusText(data, io))
    return 0
  })
}

interface Data {
  readonly stats: StatsView
  readonly gates: readonly GateItem[]
  readonly open: readonly RunSummary[]
  readonly failed: readonly RunSummary[]
}

/** Who does the work; a queue that nobody works on is the first thing to know. */
function workersText({ workers }: StatsView): string {
  if (workers.length === 0)
    return asTyped('Nobody works on runs now. Start the server (`npm start`), or `devpilot worker`.')
  const places = workers.reduce((sum, worker) => sum + worker.concurrency, 0)
  const hosts = [...new Set(workers.map(({ host }) => host))]
  const leaving = workers.filter(({ draining }) => draining).length
  const also = leaving > 0 ? `, ${leaving} of them stopping` : ''
  const [first] = workers
  const count = `${workers.length} ${workers.length === 1 ? 'worker' : 'workers'} (${first?.engine})`
  return `${count} on ${hosts.join(', ')}: ${places} runs at a time${also}`
}

function statusText({ stats, gates, open, failed }: Data, io: Io): string {
  const runs = Object.values(stats.byStatus).reduce((sum, count) => sum + count, 0)
  if (runs === 0)
    return asTyped('No runs yet. Start one with `devpilot run --task "…"`, or see one with `devpilot demo`.')
  const spent = stats.days.reduce((sum, day) => sum + day.costMicros, 0) / MICROS_PER_DOLLAR
  const parts = [
    `${runs} ${runs === 1 ? 'run' : 'runs'}, ${open.length} open, ${stats.gatesWaiting} waiting for people; $${spent.toFixed(2)} in 14 days, for runs that have ended`,
  ]
  parts.push(workersText(stats))
  const mine = gates.filter(({ mayApprove }) => mayApprove.may)
  const others = gates.filter(({ mayApprove }) => !mayApprove.may)
  if (mine.length > 0)
    parts.push(
      `${io.paint('yellow', '◆ Waiting for you')}\n${gateTable(mine)}\n  decide: ${say('gate show|approve|reject')} <gate>`,
    )
  if (others.length > 0)
    parts.push(`${io.paint('gray', '◆ Waiting for somebody else')}\n${gateTable(others)}`)
  if (open.length > 0)
    parts.push(`${io.paint('blue', `${runMark('running').icon} Open`)}\n${runTable(open, io)}`)
  if (stats.dead > 0) {
    const what = stats.dead === 1 ? '1 run was given up' : `${stats.dead} runs were given up`
    parts.push(
      `${io.paint('red', `${runMark('failed').icon} ${what}`)}\n  look: ${say('runs')} --dead   put back: ${say('runs')} --dead --requeue`,
    )
  }
  if (failed.length > 0)
    parts.push(`${io.paint('red', `${runMark('failed').icon} Failed last`)}\n${runTable(failed, io)}`)
  return parts.join('\n\n')
}

/** With each gate that another one has to decide, why. */
function gateTable(gates: readonly GateItem[]): string {
  return table(
    gates.map((gate) => [
      `  ${shortId(gate.id)}`,
      gate.name,
      short(gate.runTitle, 50),
      ago(gate.openedAt),
      whyNot(gate),
    ]),
  )
}
