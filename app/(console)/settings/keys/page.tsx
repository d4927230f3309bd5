import type { Metadata } from 'next'
import { href, one, type SearchParams } from '@/components/params'
import { KeyForm } from '@/components/settings/key-form'
import { KeyList } from '@/components/settings/key-list'
import { CliCommand } from '@/components/shell/cli-command'
import { Pages } from '@/components/ui/pages'
import { Empty, Section } from '@/components/ui/panel'
import { keyScopes } from '@/lib/core/access'
import { requirePage } from '@/lib/edge/page'
import { listKeys } from '@/lib/services/keys/list'
import { createKeyAction, revokeKeyAction } from '../actions'

export const metadata: Metadata = { title: 'API keys' }

export default async function KeysPage({ searchParams }: { readonly searchParams: SearchParams }) {
  const ctx = await requirePage('read')
  const cursor = one((await searchParams).cursor)
  const keys = await listKeys({ ctx, input: { limit: 50, ...(cursor === '' ? {} : { cursor }) } })
  return (
    <>
      <Section title="Make a key">
        <p className="mb-3 max-w-prose text-sm text-muted">
          A program sends it as <code className="code">Authorization: Bearer dp_…</code>. It acts in your
          name, and never does more than your role allows at that moment.
        </p>
        <KeyForm
          scopes={keyScopes.filter((scope) => ctx.grants.includes(scope))}
          ended={keys.items.filter(({ state }) => state !== 'active').map(({ id }) => id)}
          create={createKeyAction}
        />
      </Section>
      <Section title={ctx.grants.includes('admin') ? 'Keys of everybody' : 'Your keys'}>
        {keys.items.length > 0 ? (
          <KeyList keys={keys.items} now={Date.now()} revoke={revokeKeyAction} />
        ) : (
          <Empty title="No key yet">
            {ctx.grants.includes('admin') && (
              <>
                <p className="mb-3">Make one above, or in a terminal:</p>
                <CliCommand>key create ci --scopes ingest,trigger</CliCommand>
              </>
            )}
          </Empty>
        )}
        <Pages to={{ 'Older keys': keys.next && href('/settings/keys', { cursor: keys.next }) }} />
      </Section>
    </>
  )
}
