import type { Metadata } from 'next'
import { notFound } from 'next/navigation'
import { Comments } from '@/components/gates/comments'
import { GateFoot } from '@/components/gates/gate-foot'
import { GatePage } from '@/components/gates/gate-page'
import { PageBody, TopBar } from '@/components/shell/top-bar'
import { unreviewed } from '@/lib/core/unreviewed'
import { visible } from '@/lib/core/visible'
import { requirePage } from '@/lib/edge/page'
import { listGates } from '@/lib/services/gates/list'
import { commentAction, decideAction } from './actions'
import { gateOf } from './gate-of'

interface GateRouteProps {
  readonly params: Promise<{ readonly id: string }>
}

export async function generateMetadata({ params }: GateRouteProps): Promise<Metadata> {
  const gate = await gateOf((await params).id)
  return { title: gate ? `Decide: ${visible(gate.runTitle)}` : 'Gate' }
}

export default async function GateRoute({ params }: GateRouteProps) {
  const ctx = await requirePage('read')
  const { id } = await params
  const gate = await gateOf(id)
  if (!gate) notFound()
  const [anew, mine] = await Promise.all([
    gate.status === 'waiting' ? null : listGates({ ctx, input: { run: gate.runId, limit: 1 } }),
    listGates({ ctx, input: { whose: 'mine', order: 'oldest', limit: 2 } }),
  ])
  const successor = anew?.items[0]?.id ?? null
  const other = mine.items.find((item) => item.id !== gate.id && item.id !== successor)
  const last = gate.decisions.at(-1)
  const now = Date.now()
  const say = ctx.actor.kind === 'user' && ctx.grants.includes('approve') ? commentAction : null
  return (
    <>
      <TopBar crumbs={[{ label: 'Gates', href: '/gates' }, { label: gate.runTitle }]} />
      <PageBody>
        <GatePage
          gate={gate}
          now={now}
          successor={successor}
          who={ctx.actor.name}
          say={say}
          comments={<Comments gateId={gate.id} comments={gate.comments} now={now} say={say} />}
        />
      </PageBody>
      <GateFoot
        key={gate.id}
        gateId={gate.id}
        status={gate.status}
        policy={gate.policy}
        by={last?.actor.name ?? null}
        own={last?.actor.id === ctx.actor.id}
        successor={successor}
        next={other ? { id: other.id, title: other.runTitle } : null}
        evidence={gate.evidence}
        headSha={gate.headSha}
        leadsTo={gate.leadsTo}
        branch={gate.branch}
        target={gate.target}
        mayApprove={gate.mayApprove}
        mayReject={gate.mayReject}
        sendsBackTo={gate.sendsBackTo}
        missing={Math.max(1, gate.requiredApprovers - gate.approvals)}
        unreviewed={unreviewed(gate)}
        decide={decideAction}
      />
    </>
  )
}
