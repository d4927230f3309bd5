import type { Metadata } from 'next'
import { AddRepository } from '@/components/repositories/add-repository'
import { LiveScope } from '@/components/shell/live'
import { PageBody, TopBar } from '@/components/shell/top-bar'
import { requirePage } from '@/lib/edge/page'
import { addRepositoryAction, checkRepositoryAction } from '../actions'

export const metadata: Metadata = { title: 'Add a repository' }

export default async function NewRepositoryPage() {
  await requirePage('trigger')
  return (
    <>
      <TopBar crumbs={[{ label: 'Repositories', href: '/repositories' }, { label: 'Add a repository' }]} />
      <PageBody>
        <LiveScope run={null} />
        <h1 className="mb-1 text-lg font-semibold">Add a repository</h1>
        <p className="mb-5 max-w-prose text-muted">
          DevPilot reads its base branch and tries this machine: what will work, what is missing, and how to
          fix it.
        </p>
        <AddRepository check={checkRepositoryAction} add={addRepositoryAction} />
      </PageBody>
    </>
  )
}
