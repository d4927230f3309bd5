import type { Metadata } from 'next'
import { notFound } from 'next/navigation'
import { DecisionBar } from '@/components/gates/decision-bar'
import { GatePage } from '@/components/gates/gate-page'
import { isId, one, type SearchParams } from '@/components/params'
import { PageBody, TopBar } from '@/components/shell/top-bar'
import { orNull } from '@/lib/edge/or-null'
import { requirePage } from '@/lib/edge/page'
import { getGate } from '@/lib/services/gates/get'
import { listGates } from '@/lib/services/gates/list'
import { decideAction } from './actions'

interface GateRouteProps {
  readonly params: Promise<{ readonly id: string }>
  readonly searchParams: SearchParams
}

export const metadata: Metadata = { title: 'Gate' }

export default async function GateRoute({ params, searchParams }: GateRouteProps) {
  const ctx = await requirePage('read')
  const { id } = await params
  const gate = isId(id) ? await orNull(getGate({ ctx, input: { gate: id } })) : null
  if (!gate) notFound()
  const open = gate.status === 'waiting'
  const waiting = open ? null : await listGates({ ctx, input: { run: gate.runId, limit: 1 } })
  return (
    <>
      <TopBar crumbs={[{ label: 'Gates', href: '/gates' }, { label: gate.runTitle }]} />
      <PageBody>
        <GatePage
          gate={gate}
          now={Date.now()}
          whole={one((await searchParams).file) || null}
          successor={waiting?.items[0]?.id ?? null}
        />
      </PageBody>
      {open && (
        <DecisionBar
          gateId={gate.id}
          evidence={gate.evidence}
          headSha={gate.headSha}
          leadsTo={gate.leadsTo}
          branch={gate.branch}
          target={gate.target}
          decide={decideAction}
        />
      )}
    </>
  )
}
