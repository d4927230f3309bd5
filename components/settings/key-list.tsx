import type { ActionResult } from '@/components/ui/action-result'
import { TimeAgo } from '@/components/ui/time-ago'
import { visible } from '@/lib/core/visible'
import type { KeyView } from '@/lib/services/keys/view'
import { ConfirmButton } from './confirm-button'
import { OnOff } from './variables'

interface KeyListProps {
  readonly keys: readonly KeyView[]
  readonly now: number
  readonly revoke: (input: { key: string }) => Promise<ActionResult<KeyView>>
}

const states = {
  active: 'active',
  revoked: 'revoked',
  expired: 'expired',
  closed: 'its maker is deactivated',
} as const

export function KeyList({ keys, now, revoke }: KeyListProps) {
  return (
    <ul aria-label="API keys" className="divide-y overflow-clip rounded-lg border bg-surface">
      {keys.map((key) => (
        <li key={key.id} className="flex flex-wrap items-center gap-x-4 gap-y-2 px-3 py-2 text-sm">
          <div className="min-w-0 flex-1 basis-72">
            <p className="flex flex-wrap items-center gap-x-2 gap-y-1">
              <span className="font-medium">{visible(key.name)}</span>
              <code className="code text-muted">dp_{key.prefix}_…</code>
              <OnOff on={key.state === 'active'} yes={states.active} no={states[key.state]} />
            </p>
            <p className="text-xs text-muted">
              {key.scopes.join(', ')} · by {visible(key.user.name)}, made{' '}
              <TimeAgo at={key.createdAt} now={now} />
              {key.usedAt ? (
                <>
                  , last used <TimeAgo at={key.usedAt} now={now} />
                </>
              ) : (
                ', never used'
              )}
              {key.expiresAt === null ? ', no end' : `, ends ${key.expiresAt.slice(0, 10)}`}
            </p>
          </div>
          {key.state === 'active' && (
            <ConfirmButton
              label="Revoke"
              name={`Revoke ${key.name}`}
              title={`Revoke ${visible(key.name)}?`}
              look="danger"
              act={revoke.bind(null, { key: key.id })}
            >
              The next request with it is refused. It cannot be made good again.
            </ConfirmButton>
          )}
        </li>
      ))}
    </ul>
  )
}
