import type { Metadata } from 'next'
import { ConfirmButton } from '@/components/settings/confirm-button'
import { Section } from '@/components/ui/panel'
import { requirePage } from '@/lib/edge/page'
import { endAllSessionsAction, revokeAllKeysAction } from '../actions'

export const metadata: Metadata = { title: 'Danger zone' }

export default async function DangerPage() {
  await requirePage('admin')
  return (
    <Section title="Danger zone">
      <ul className="divide-y overflow-clip rounded-lg border bg-surface">
        <li className="flex flex-wrap items-center gap-x-6 gap-y-2 px-4 py-3 text-sm">
          <div className="min-w-0 flex-1 basis-64">
            <p className="font-medium">End all sessions</p>
            <p className="text-muted">Everybody is signed out, you too. For when a laptop was lost.</p>
          </div>
          <ConfirmButton
            label="End all sessions"
            title="End all sessions of everybody?"
            look="danger"
            act={endAllSessionsAction.bind(null, {})}
          >
            You are signed out at your next click, as everybody is. Runs go on.
          </ConfirmButton>
        </li>
        <li className="flex flex-wrap items-center gap-x-6 gap-y-2 px-4 py-3 text-sm">
          <div className="min-w-0 flex-1 basis-64">
            <p className="font-medium">Revoke all API keys</p>
            <p className="text-muted">
              Every program that uses one is refused from then on. The installation’s token stays good: to
              change it, set <code className="code">DEVPILOT_TOKEN</code> or remove the file{' '}
              <code className="code">token</code>, and start again.
            </p>
          </div>
          <ConfirmButton
            label="Revoke all keys"
            title="Revoke all API keys of everybody?"
            look="danger"
            act={revokeAllKeysAction.bind(null, {})}
          >
            None of them can be made good again. CI and other programs need new ones.
          </ConfirmButton>
        </li>
      </ul>
    </Section>
  )
}
