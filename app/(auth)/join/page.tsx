import type { Metadata } from 'next'
import { cache } from 'react'
import { AuthPage } from '@/components/auth/auth-page'
import { JoinForm } from '@/components/auth/join-form'
import { RenewForm } from '@/components/auth/renew-form'
import { Problem } from '@/components/ui/panel'
import { openInvitation, signInWays } from '@/lib/auth/ways'
import { joinAction, joinByGitHubAction, renewPasswordAction } from './actions'

interface JoinPageProps {
  readonly searchParams: Promise<Record<string, string | string[] | undefined>>
}

/** Looked up once for the title and the page. */
const invited = cache((code: string) => (code === '' ? null : openInvitation(code)))

async function codeOf({ searchParams }: JoinPageProps): Promise<string> {
  const { code } = await searchParams
  return typeof code === 'string' ? code : ''
}

export async function generateMetadata(props: JoinPageProps): Promise<Metadata> {
  const invitation = await invited(await codeOf(props))
  return { title: invitation && invitation.forUser !== null ? 'New password' : 'Join' }
}

export default async function JoinPage(props: JoinPageProps) {
  const given = await codeOf(props)
  const invitation = await invited(given)
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
