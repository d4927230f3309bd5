import type { ActionResult } from '@/components/ui/action-result'
import { TimeAgo } from '@/components/ui/time-ago'
import type { RoleName } from '@/lib/core/access'
import { visible } from '@/lib/core/visible'
import type { InvitationView } from '@/lib/services/users/invite'
import type { MemberView } from '@/lib/services/users/list'
import { ConfirmButton } from './confirm-button'
import { RoleSelect } from './role-select'

interface MemberListProps {
  readonly members: readonly MemberView[]
  /** Who looks at it. */
  readonly self: string
  readonly now: number
  readonly changeRole: (input: { user: string; role: RoleName }) => Promise<ActionResult<void>>
  readonly setActive: (input: { user: string; active: boolean }) => Promise<ActionResult<void>>
}

export function MemberList({ members, self, now, changeRole, setActive }: MemberListProps) {
  return (
    <ul aria-label="Members" className="divide-y overflow-clip rounded-lg border bg-surface">
      {members.map((member) => {
        const { id, name, email, github, disabledAt, seenAt } = member
        const shown = visible(name)
        return (
          <li key={id} className="flex flex-wrap items-center gap-x-4 gap-y-2 px-3 py-2 text-sm">
            <div className="min-w-0 flex-1 basis-56">
              <p className="truncate">
                <span className={disabledAt ? 'text-muted line-through' : 'font-medium'}>{shown}</span>
                {id === self && <span className="ml-2 text-xs text-muted">you</span>}
                {disabledAt && <span className="ml-2 text-xs text-muted">deactivated</span>}
              </p>
              <p className="truncate text-xs text-muted">
                {[email, github ? `GitHub ${github}` : null, id === 'owner' ? 'holds the token' : null]
                  .filter((part): part is string => part !== null)
                  .map(visible)
                  .join(' · ')}
                {seenAt && (
                  <>
                    {' '}
                    · seen <TimeAgo at={seenAt} now={now} />
                  </>
                )}
              </p>
            </div>
            <div className="flex items-start gap-2">
              <RoleSelect user={id} name={shown} role={member.role} change={changeRole} />
              {disabledAt ? (
                <ConfirmButton
                  label="Activate"
                  name={`Activate ${shown}`}
                  title={`Let ${shown} in again?`}
                  act={setActive.bind(null, { user: id, active: true })}
                >
                  Keys that were not revoked open again what the role allows.
                </ConfirmButton>
              ) : (
                <ConfirmButton
                  label="Deactivate"
                  name={`Deactivate ${shown}`}
                  title={`Deactivate ${shown}?`}
                  look="danger"
                  act={setActive.bind(null, { user: id, active: false })}
                >
                  {id === 'owner'
                    ? 'The installation’s token then opens nothing, until the account is activated again.'
                    : 'All sessions end and keys open nothing. What was done stays on record under this name.'}
                </ConfirmButton>
              )}
            </div>
          </li>
        )
      })}
    </ul>
  )
}

interface InvitationListProps {
  readonly invitations: readonly InvitationView[]
  readonly now: number
  readonly revoke: (input: { invitation: string }) => Promise<ActionResult<void>>
}

export function InvitationList({ invitations, now, revoke }: InvitationListProps) {
  return (
    <ul aria-label="Open invitations" className="divide-y overflow-clip rounded-lg border bg-surface">
      {invitations.map(({ id, role, email, renews, by, createdAt, expiresAt }) => (
        <li key={id} className="flex flex-wrap items-center gap-x-4 gap-y-2 px-3 py-2 text-sm">
          <div className="min-w-0 flex-1 basis-56">
            <p className="truncate">
              <span className="font-medium">{email ? visible(email) : 'Whoever has the link'}</span>{' '}
              {renews === null ? `as ${role}` : `sets a new password of ${visible(renews)}, ${role}`}
            </p>
            <p className="text-xs text-muted">
              by {visible(by)} <TimeAgo at={createdAt} now={now} />, good until {expiresAt.slice(0, 10)}
            </p>
          </div>
          <ConfirmButton
            label="Take back"
            name={`Take back the invitation of ${email ?? 'whoever has the link'}`}
            title="Take this invitation back?"
            look="danger"
            act={revoke.bind(null, { invitation: id })}
          >
            Its link lets nobody in any more.
          </ConfirmButton>
        </li>
      ))}
    </ul>
  )
}
