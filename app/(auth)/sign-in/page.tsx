import type { Metadata } from 'next'
import { AuthPage } from '@/components/auth/auth-page'
import { GitHubButton } from '@/components/auth/github-button'
import { PasswordForm } from '@/components/auth/password-form'
import { SignInForm } from '@/components/auth/sign-in-form'
import { Link } from '@/components/ui/link'
import { Problem } from '@/components/ui/panel'
import { signInWays } from '@/lib/auth/ways'
import { ownPath } from '@/lib/core/own-path'
import { passwordAction, signInAction, signInByGitHubAction } from './actions'

export const metadata: Metadata = { title: 'Sign in' }

interface SignInPageProps {
  readonly searchParams: Promise<Record<string, string | string[] | undefined>>
}

/** What became of a try that ended elsewhere, by the code in the URL; any other code says that it failed. */
const troubles: Readonly<Record<string, string>> = {
  unauthorized: 'Nobody has invited this GitHub account, or it was deactivated.',
  not_found: 'The invitation was used, taken back or has expired.',
  conflict: 'This GitHub account signs somebody else in.',
}

export default async function SignInPage({ searchParams }: SignInPageProps) {
  const given = await searchParams
  const one = (name: string) => (typeof given[name] === 'string' ? given[name] : '')
  const next = ownPath(one('next') || one('callbackUrl'))
  const token = one('token').slice(0, 500)
  const ways = await signInWays()
  const byToken = token !== '' || one('with') === 'token' || !ways.password
  const other = (way: string) =>
    `/sign-in?with=${way}${next === '/' ? '' : `&next=${encodeURIComponent(next)}`}`
  return (
    <AuthPage title="Sign in to DevPilot">
      {one('error') !== '' && (
        <div className="mb-4">
          <Problem
            message={troubles[one('error')] ?? 'Signing in through GitHub failed.'}
            mend="Ask an admin for an invitation, or sign in another way."
          />
        </div>
      )}
      {ways.github && (
        <div className="mb-4 border-b pb-4">
          <GitHubButton next={next} leave={signInByGitHubAction} />
        </div>
      )}
      {byToken ? (
        <SignInForm action={signInAction} next={next} token={token} />
      ) : (
        <PasswordForm action={passwordAction} next={next} />
      )}
      {ways.password && (
        <p className="mt-4 text-sm">
          <Link href={other(byToken ? 'password' : 'token')} className="text-accent hover:underline">
            {byToken ? 'Use e-mail and password' : 'Use the installation’s token'}
          </Link>
        </p>
      )}
      {byToken && (
        <p className="mt-5 text-sm text-muted">
          At its first start the server printed a link that signs in, and named the folder in which it keeps
          the file <code className="code">token</code>.
        </p>
      )}
    </AuthPage>
  )
}
