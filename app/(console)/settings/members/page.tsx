import type { Metadata } from 'next'
import { InviteForm } from '@/components/settings/invite-form'
import { InvitationList, MemberList } from '@/components/settings/member-list'
import { Section } from '@/components/ui/panel'
import { requirePage } from '@/lib/edge/page'
import { env } from '@/lib/env'
import { listInvitations } from '@/lib/services/users/invite'
import { listMembers } from '@/lib/services/users/list'
import { changeRoleAction, inviteAction, revokeInvitationAction, setActiveAction } from '../actions'

export const metadata: Metadata = { title: 'Members' }

export default async function MembersPage() {
  const ctx = await requirePage('admin')
  const [members, invitations] = await Promise.all([listMembers({ ctx }), listInvitations({ ctx })])
  const now = Date.now()
  const base = (env().DEVPILOT_URL ?? `http://127.0.0.1:${env().DEVPILOT_PORT}`).replace(/\/$/, '')
  return (
    <>
      <Section
        title="Members"
        aside={ctx.singleUser ? 'Only you: you may approve what you asked for.' : null}
      >
        <MemberList
          members={members}
          self={ctx.actor.id}
          now={now}
          changeRole={changeRoleAction}
          setActive={setActiveAction}
        />
      </Section>
      <Section title="Invite somebody">
        <p className="mb-3 max-w-prose text-sm text-muted">
          Viewers see everything and change nothing. Supervisors start and steer runs and decide gates. Admins
          also manage members, keys, repositories and settings. As soon as there are two members, nobody
          approves what they asked for. For a member whose password is lost, the member’s e-mail makes a link
          to set a new one.
        </p>
        <InviteForm base={base} invite={inviteAction} />
      </Section>
      {invitations.length > 0 && (
        <Section title="Open invitations">
          <InvitationList invitations={invitations} now={now} revoke={revokeInvitationAction} />
        </Section>
      )}
    </>
  )
}
