import type { Metadata } from 'next'
import { GitHubButton } from '@/components/auth/github-button'
import { NameForm, OwnPasswordForm } from '@/components/settings/profile-forms'
import { SingleKeysSwitch } from '@/components/settings/single-keys-switch'
import { Fact, Section } from '@/components/ui/panel'
import { signInWays } from '@/lib/auth/ways'
import { visible } from '@/lib/core/visible'
import { requirePage } from '@/lib/edge/page'
import { getProfile } from '@/lib/services/sessions/list'
import { linkGitHubAction, renameAction, setPasswordAction } from '../actions'

export const metadata: Metadata = { title: 'Profile' }

export default async function ProfilePage() {
  const ctx = await requirePage('read')
  const [profile, ways] = await Promise.all([getProfile({ ctx }), signInWays()])
  return (
    <>
      <Section title="You">
        <dl className="mb-4 grid grid-cols-2 gap-4 sm:grid-cols-4">
          <Fact label="Role">{profile?.role ?? 'none'}</Fact>
          <Fact label="Allowed to">{ctx.grants.filter((grant) => grant !== 'public').join(', ')}</Fact>
          <Fact label="GitHub">{profile?.github ? visible(profile.github) : 'not linked'}</Fact>
          <Fact label="Id">
            <code className="code">{ctx.actor.id}</code>
          </Fact>
        </dl>
        <NameForm name={profile?.name ?? ctx.actor.name} rename={renameAction} />
      </Section>
      <Section title="Password">
        <OwnPasswordForm email={profile?.email ?? null} setPassword={setPasswordAction} />
      </Section>
      <Section title="Keyboard">
        <SingleKeysSwitch />
      </Section>
      {ways.github && (
        <Section title="GitHub">
          <div className="max-w-md space-y-2">
            <p className="text-sm text-muted">
              An account that you link signs you in here; another one that was linked before no longer does.
            </p>
            <GitHubButton
              next="/settings/profile"
              leave={linkGitHubAction}
              label={profile?.github ? 'Link another account' : 'Link my account'}
            />
          </div>
        </Section>
      )}
    </>
  )
}
