import type { Metadata } from 'next'
import { AuthPage } from '@/components/auth/auth-page'
import { JoinForm } from '@/components/auth/join-form'
import { Problem } from '@/components/ui/panel'
import { openInvitation, signInWays } from '@/lib/auth/ways'
import { joinAction, joinByGitHubAction } from './actions'

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
