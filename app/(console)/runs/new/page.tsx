import type { Metadata } from 'next'
import { isId, one, type SearchParams } from '@/components/params'
import { LiveScope } from '@/components/shell/live'
import { PageBody, TopBar } from '@/components/shell/top-bar'
import { StartForm } from '@/components/start/start-form'
import { buttonClass } from '@/components/ui/button'
import { Command } from '@/components/ui/copy'
import { Link } from '@/components/ui/link'
import { Empty } from '@/components/ui/panel'
import { orNull } from '@/lib/edge/or-null'
import { requirePage } from '@/lib/edge/page'
import { recentBaseOpener } from '@/lib/runtime/base'
import { coderModel, providersHere, recordingsHere } from '@/lib/runtime/models-here'
import { configOrProblem } from '@/lib/runtime/parse-config'
import type { ServiceContext } from '@/lib/services/context'
import { startOptions } from '@/lib/services/flows/start-options'
import { listRepositories } from '@/lib/services/repositories/list'
import { lookUpIssueAction, startFromPageAction } from './actions'

export const metadata: Metadata = { title: 'New run' }

export default async function NewRunPage({ searchParams }: { readonly searchParams: SearchParams }) {
  const ctx = await requirePage('trigger')
  const query = await searchParams
  const { items: repositories } = await listRepositories({ ctx, input: { limit: 200 } })
  const wanted = one(query.repository)
  const flow = one(query.flow).slice(0, 60) || 'auto'
  const options =
    (isId(wanted) ? await optionsFor(ctx, wanted, flow) : null) ??
    (repositories[0] ? await optionsFor(ctx, repositories[0].id, flow) : null)
  const known = options
    ? [options.repository, ...repositories.filter(({ id }) => id !== options.repository.id)]
    : []
  return (
    <>
      <TopBar crumbs={[{ label: 'Timeline', href: '/timeline' }, { label: 'New run' }]} />
      <PageBody>
        <LiveScope run={null} />
        <h1 className="mb-5 text-lg font-semibold">Start a run</h1>
        {options ? (
          <StartForm
            repositories={[...known].sort((a, b) => a.name.localeCompare(b.name))}
            options={options}
            providers={providersHere()}
            recordings={await recordingsHere(ctx.home)}
            issue={one(query.issue).slice(0, 2_000)}
            start={startFromPageAction}
            lookUp={lookUpIssueAction}
          />
        ) : (
          <Empty title="There is no repository to work on yet">
            <Link href="/repositories/new" className={buttonClass('primary')}>
              Add a repository
            </Link>
            <p className="mt-4">
              Or see it all once on a sample: <Command text="npm run demo" />
            </p>
          </Empty>
        )}
      </PageBody>
    </>
  )
}

function optionsFor(ctx: ServiceContext, repository: string, flow: string) {
  const open = recentBaseOpener(ctx.home)
  const input = { repository, flow }
  return orNull(startOptions({ ctx, input, open, parse: configOrProblem, modelName: coderModel }))
}
