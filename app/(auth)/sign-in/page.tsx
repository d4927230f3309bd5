import type { Metadata } from 'next'
import { SignInForm } from '@/components/auth/sign-in-form'
import { Logo } from '@/components/shell/rail'
import { signInAction } from './actions'

export const metadata: Metadata = { title: 'Sign in' }

interface SignInPageProps {
  readonly searchParams: Promise<Record<string, string | string[] | undefined>>
}

export default async function SignInPage({ searchParams }: SignInPageProps) {
  const { next, token } = await searchParams
  return (
    <main className="flex min-h-dvh items-center justify-center px-4">
      <div className="w-full max-w-90">
        <div className="mb-6 flex items-center gap-2.5">
          <Logo />
          <h1 className="text-lg font-semibold tracking-tight">Sign in to DevPilot</h1>
        </div>
        <SignInForm
          action={signInAction}
          next={typeof next === 'string' ? next : '/'}
          token={typeof token === 'string' ? token.slice(0, 500) : ''}
        />
        <p className="mt-5 text-sm text-muted">
          At its first start DevPilot printed a link that signs in, and wrote the token to the file{' '}
          <code className="code">token</code> in its home folder (<code className="code">~/.devpilot</code>{' '}
          unless <code className="code">DEVPILOT_HOME</code> says otherwise).
        </p>
      </div>
    </main>
  )
}
