import type { Metadata } from 'next'
import { ConfirmButton } from '@/components/settings/confirm-button'
import { Section } from '@/components/ui/panel'
import { TimeAgo } from '@/components/ui/time-ago'
import { visible } from '@/lib/core/visible'
import { requirePage } from '@/lib/edge/page'
import { listSessions } from '@/lib/services/sessions/list'
import { endOtherSessionsAction, endSessionAction } from '../actions'

export const metadata: Metadata = { title: 'My sessions' }

const kinds = { token: 'token', password: 'password', github: 'GitHub', invitation: 'invitation' } as const

export default async function SessionsPage() {
  const ctx = await requirePage('read')
  const sessions = await listSessions({ ctx })
  const now = Date.now()
  const others = sessions.filter(({ current }) => !current)
  return (
    <Section
      title="My sessions"
      aside={
        others.length > 0 && (
          <ConfirmButton
            label="End all others"
            title={`End ${others.length} other ${others.length === 1 ? 'session' : 'sessions'}?`}
            look="danger"
            act={endOtherSessionsAction.bind(null, {})}
          >
            Those browsers are signed out at their next request. This one stays signed in.
          </ConfirmButton>
        )
      }
    >
      <ul aria-label="Sessions" className="divide-y overflow-clip rounded-lg border bg-surface">
        {sessions.map((session) => (
          <li key={session.id} className="flex flex-wrap items-center gap-x-4 gap-y-1 px-3 py-2 text-sm">
            <div className="min-w-0 flex-1 basis-64">
              <p className="truncate" title={visible(session.agent)}>
                {visible(browserOf(session.agent))}
                {session.current && (
                  <span className="tone-green tint ml-2 rounded px-1.5 py-0.5 text-xs font-medium">
                    this browser
                  </span>
                )}
              </p>
              <p className="text-xs text-muted">
                by {kinds[session.kind]}, begun <TimeAgo at={session.createdAt} now={now} />, last used{' '}
                <TimeAgo at={session.seenAt} now={now} />
              </p>
            </div>
            {!session.current && (
              <ConfirmButton
                label="End"
                name={`End the session of ${browserOf(session.agent)}`}
                title="End this session?"
                look="danger"
                act={endSessionAction.bind(null, { session: session.id })}
              >
                That browser is signed out at its next request.
              </ConfirmButton>
            )}
          </li>
        ))}
      </ul>
    </Section>
  )
}

/** The browser and system that a user agent names, or its own words. */
function browserOf(agent: string): string {
  const browser = /(Edg|OPR|Firefox|Chrome|Safari)[A-Za-z]*\/(\d+)/.exec(agent)
  const system = /(Windows|Mac OS X|Android|iPhone|iPad|Linux)/.exec(agent)?.[1]
  if (!browser) return agent.slice(0, 100) || 'An unnamed program'
  const name = { Edg: 'Edge', OPR: 'Opera' }[browser[1] ?? ''] ?? browser[1]
  return `${name} ${browser[2]}${system ? ` on ${system === 'Mac OS X' ? 'macOS' : system}` : ''}`
}
