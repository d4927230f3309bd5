import type { Metadata } from 'next'
import { Fact, Problem, Section } from '@/components/ui/panel'
import { requirePage } from '@/lib/edge/page'
import { installationState } from '@/lib/runtime/installation'
import { databaseVersion } from '@/lib/services/settings/database-version'

export const metadata: Metadata = { title: 'System' }

export default async function SystemPage() {
  const ctx = await requirePage('read')
  const state = await installationState(await databaseVersion({ ctx }))
  return (
    <Section title="System">
      {state.engineDetail && (
        <div className="mb-4">
          <Problem message={state.engineDetail} mend="Start it again, or correct TEMPORAL_ADDRESS." />
        </div>
      )}
      <dl className="grid grid-cols-2 gap-x-6 gap-y-4 rounded-lg border bg-surface p-4 sm:grid-cols-3">
        <Fact label="DevPilot">
          <span className="num">{state.version}</span>
        </Fact>
        <Fact label="Node.js">
          <span className="num">{state.node}</span>
        </Fact>
        <Fact label="Database">
          {state.database} <span className="num">{state.databaseVersion}</span>
        </Fact>
        <Fact label="Engine">{state.engine}</Fact>
        <Fact label="Worker of this process">{state.worker}</Fact>
        <Fact label="Reached at">{state.urls.length > 0 ? state.urls.join(', ') : 'loopback only'}</Fact>
        <Fact label="Home folder" wide>
          <code className="code break-all">{state.home}</code>
        </Fact>
      </dl>
    </Section>
  )
}
