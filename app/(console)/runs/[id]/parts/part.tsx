import { AuditTable } from '@/components/audit/audit-table'
import { VerifyButton } from '@/components/audit/verify-button'
import { href } from '@/components/params'
import { CallsView } from '@/components/runs/calls-view'
import type { RunTab } from '@/components/runs/outcome-panel'
import { RawView } from '@/components/runs/raw-view'
import { ReplayView } from '@/components/runs/replay-view'
import { CliCommand } from '@/components/shell/cli-command'
import { Pages } from '@/components/ui/pages'
import { Empty, Problem } from '@/components/ui/panel'
import { orProblem } from '@/lib/edge/or-problem'
import { replayer } from '@/lib/runtime/replay'
import { listAudit } from '@/lib/services/audit/list'
import type { ServiceContext } from '@/lib/services/context'
import { listCalls, sumCalls } from '@/lib/services/runs/calls'
import { replayRun } from '@/lib/services/runs/replay'
import type { RunView } from '@/lib/services/views'
import { verifyAction } from '../../../audit/actions'

interface PartProps {
  readonly ctx: ServiceContext
  readonly run: RunView
  readonly tab: RunTab
  readonly cursor: string
  readonly now: number
}

/** What only the tab that is open asks for. */
export function Part(props: PartProps) {
  switch (props.tab) {
    case 'calls':
      return <Calls {...props} />
    case 'audit':
      return <Audit {...props} />
    case 'raw':
      return <RawView run={props.run} />
    case 'replay':
      return <Replay {...props} />
    default:
      return null
  }
}

async function Calls({ ctx, run, cursor }: PartProps) {
  const path = `/runs/${run.id}`
  const held = /^\d{1,9}\.\d{1,9}$/.test(cursor) ? { cursor } : {}
  const [sums, calls] = await Promise.all([
    sumCalls({ ctx, input: { run: run.id } }),
    listCalls({ ctx, input: { run: run.id, limit: 100, ...held } }),
  ])
  return (
    <CallsView
      sums={sums}
      calls={calls.items}
      href={(call) => href(path, { bead: call.beadSeq, turn: call.seq })}
      first={cursor === '' ? null : href(path, { tab: 'calls' })}
      next={calls.next && href(path, { tab: 'calls', cursor: calls.next })}
    />
  )
}

async function Audit({ ctx, run, cursor, now }: PartProps) {
  const input = { run: run.id, limit: 50, ...(cursor === '' ? {} : { cursor }) }
  const asked = await orProblem(listAudit({ ctx, input }))
  if ('problem' in asked) return <Problem {...asked.problem} />
  const { items, next } = asked.value
  return (
    <div className="space-y-4">
      <VerifyButton key={run.id} run={run.id} verify={verifyAction} />
      {items.length > 0 ? <AuditTable entries={items} now={now} /> : <Empty title="Nothing was audited" />}
      <Pages
        to={{ 'Older entries': next && href(`/runs/${run.id}`, { tab: 'audit', cursor: next }) }}
        scroll={false}
      />
    </div>
  )
}

async function Replay({ ctx, run }: PartProps) {
  if (run.source !== 'pipeline')
    return <Empty title="This run was only reported here; there is nothing to replay" />
  const asked = await orProblem(replayRun({ ctx, input: { run: run.id }, replayer: replayer(ctx.home) }))
  if ('problem' in asked) return <Problem {...asked.problem} />
  return (
    <>
      <ReplayView report={asked.value} href={(bead, turn) => href(`/runs/${run.id}`, { bead, turn })} />
      <p className="mt-4 flex flex-wrap items-center gap-2 text-sm text-muted">
        With another prompt or configuration, or with its tools:{' '}
        <CliCommand>{`runs replay ${run.id.slice(-8)} --tools`}</CliCommand>
      </p>
    </>
  )
}
