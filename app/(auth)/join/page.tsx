import type { Metadata } from 'next'
import { AuthPage } from '@/components/auth/auth-page'
import { JoinForm } from '@/components/auth/join-form'
import { RenewForm } from '@/components/auth/renew-form'
import { Problem } from '@/components/ui/panel'
import { openInvitation, signInWays } from '@/lib/auth/ways'
import { joinAction, joinByGitHubAction, renewPasswordAction } from './actions'

export const metadata: Metadata = { title: 'Join' }

interface JoinPageProps {
  readonly searchParams: Promise<Record<string, string | string[] | undefined>>
}

export default async function JoinPage({ searchParams }: JoinPageProps) {
  const { code } = await searchParams
  const given = typeof code === 'string' ? code : ''
  const invitation = given === '' ? null : await openInvitation(given)
  if (!invitation) {
    return (
      <AuthPage title="Join DevPilot">
        <Problem
          message="This invitation was used, taken back or has expired."
          mend="Ask whoever invited you for another link."
        />
      </AuthPage>
    )
  }
  if (invitation.forUser !== null) {
    return (
      <AuthPage title="Set a new password">
        <p className="mb-4 text-sm text-muted">
          For the account that you have here. Its sessions end everywhere. The link works once.
        </p>
        <RenewForm code={given} email={invitation.email ?? ''} renew={renewPasswordAction} />
      </AuthPage>
    )
  }
  const { github } = await signInWays()
  return (
    <AuthPage title="Join DevPilot">
      <p className="mb-4 text-sm text-muted">
        You are invited as <strong className="text-ink">{invitation.role}</strong>. The link works once.
      </p>
      <JoinForm
        code={given}
        email={invitation.email}
        join={joinAction}
        joinByGitHub={github ? joinByGitHubAction : null}
      />
    </AuthPage>
  )
}
