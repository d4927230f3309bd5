import { Plus, Search } from 'lucide-react'
import type { Metadata } from 'next'
import { href, one, type SearchParams } from '@/components/params'
import { RepositoryTable } from '@/components/repositories/repository-table'
import { MainPage } from '@/components/shell/top-bar'
import { buttonClass } from '@/components/ui/button'
import { Command } from '@/components/ui/copy'
import { inputClass } from '@/components/ui/field'
import { Link } from '@/components/ui/link'
import { Pages } from '@/components/ui/pages'
import { Empty } from '@/components/ui/panel'
import { requirePage } from '@/lib/edge/page'
import { repositoryHealth } from '@/lib/services/repositories/health'
import { listRepositories } from '@/lib/services/repositories/list'

export const metadata: Metadata = { title: 'Repositories' }

export default async function RepositoriesPage({ searchParams }: { readonly searchParams: SearchParams }) {
  const ctx = await requirePage('read')
  const query = await searchParams
  const q = one(query.q).slice(0, 200)
  const cursor = one(query.cursor)
  const page = await listRepositories({
    ctx,
    input: { limit: 30, ...(q ? { q } : {}), ...(cursor ? { cursor } : {}) },
  })
  const health = await repositoryHealth({ ctx, input: { repositories: page.items.map(({ id }) => id) } })
  const add = ctx.grants.includes('trigger') && (
    <Link href="/repositories/new" className={buttonClass('primary')}>
      <Plus aria-hidden className="size-4" />
      Add a repository
    </Link>
  )
  return (
    <MainPage title="Repositories">
      {page.items.length > 0 || q ? (
        <>
          <div className="mb-4 flex flex-wrap items-center justify-between gap-3">
            <form className="relative w-full sm:w-64">
              <Search aria-hidden className="absolute top-2 left-2.5 size-4 text-faint" />
              <input
                type="search"
                name="q"
                key={q}
                aria-label="Name"
                placeholder="Name"
                defaultValue={q}
                className={`${inputClass} pl-8`}
              />
            </form>
            {add}
          </div>
          {page.items.length > 0 ? (
            <RepositoryTable repositories={page.items} health={health} now={Date.now()} />
          ) : (
            <Empty title="No repository has that in its name">
              <Link href="/repositories" className="text-accent hover:underline">
                Show all
              </Link>
            </Empty>
          )}
        </>
      ) : (
        <Empty title="No repository yet">
          {add && (
            <>
              <p className="mb-3">
                Add one by its path or URL; what will work is shown before anything is kept.
              </p>
              {add}
            </>
          )}
          <p className="mt-4">
            Or see it all once on a sample: <Command text="npm run demo" />
          </p>
        </Empty>
      )}
      <Pages
        to={{
          Newest: cursor && href('/repositories', { q }),
          Older: page.next && href('/repositories', { q, cursor: page.next }),
        }}
      />
    </MainPage>
  )
}
