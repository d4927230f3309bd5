import type { Metadata } from 'next'
import { ModelTest } from '@/components/settings/model-test'
import { OnOff, Variables } from '@/components/settings/variables'
import { Section } from '@/components/ui/panel'
import { requirePage } from '@/lib/edge/page'
import { providerStates } from '@/lib/runtime/model-settings'
import { testModelAction } from '../actions'

export const metadata: Metadata = { title: 'Models' }

const titles: Readonly<Record<string, string>> = {
  anthropic: 'Anthropic',
  openai: 'OpenAI',
  together: 'Together AI',
  compatible: 'An OpenAI-compatible server',
  oumi: 'An Oumi-served model',
}

export default async function ModelsPage() {
  const ctx = await requirePage('read')
  const states = providerStates()
  const admin = ctx.grants.includes('admin')
  return (
    <Section title="Models">
      <p className="mb-3 max-w-prose text-sm text-muted">
        Keys stand in the environment of the server and are read at its start; nobody sees them here. Which
        model an agent asks is said in <code className="code">devpilot.yaml</code>.
        {admin ? ' A test call costs a few tokens and is in the audit log.' : ''}
      </p>
      {states.every(({ ready }) => !ready) && (
        <p className="mb-3 max-w-prose text-sm">
          No provider is set up: only the demo, recordings and <code className="code">scaffold</code> work.
          Set one of the variables below and start the server again.
        </p>
      )}
      <ul aria-label="Providers" className="divide-y overflow-clip rounded-lg border bg-surface">
        {states.map(({ provider, ready, variables, model }) => (
          <li key={provider} className="space-y-2 px-3 py-3 text-sm">
            <p className="flex items-center gap-2">
              <span className="font-medium">{titles[provider] ?? provider}</span>
              <OnOff on={ready} yes="ready" no="not set up" />
            </p>
            <Variables variables={variables} />
            {ready && admin && <ModelTest provider={provider} model={model} test={testModelAction} />}
          </li>
        ))}
      </ul>
    </Section>
  )
}
