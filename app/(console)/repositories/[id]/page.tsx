import type { Metadata } from 'next'
import { notFound } from 'next/navigation'
import { Suspense } from 'react'
import { href, isId } from '@/components/params'
import { CheckAgain } from '@/components/repositories/check-again'
import { ConfigMeaning, FirstRun, RepositoryFacts, Schedules } from '@/components/repositories/overview'
import { RemoveRepository } from '@/components/repositories/remove-repository'
import { RunTable } from '@/components/runs/run-table'
import { PageBody, TopBar } from '@/components/shell/top-bar'
import { buttonClass } from '@/components/ui/button'
import { Link } from '@/components/ui/link'
import { Problem, Section } from '@/components/ui/panel'
import { SkeletonRows } from '@/components/ui/skeleton'
import { visible } from '@/lib/core/visible'
import { orNull } from '@/lib/edge/or-null'
import { orProblem } from '@/lib/edge/or-problem'
import { requirePage } from '@/lib/edge/page'
import { recentBaseOpener } from '@/lib/runtime/base'
import { configReader } from '@/lib/runtime/config-reader'
import type { ServiceContext } from '@/lib/services/context'
import { checkConfig } from '@/lib/services/repositories/config-check'
import { getConfig } from '@/lib/services/repositories/config-get'
import type { BaseConfig } from '@/lib/services/repositories/config-view'
import { getRepository } from '@/lib/services/repositories/get'
import { listRuns } from '@/lib/services/runs/list'
import { listSchedules } from '@/lib/services/schedules/list'
import { checkRepositoryAction, removeRepositoryAction } from '../actions'

export const metadata: Metadata = { title: 'Repository' }

interface RepositoryPageProps {
  readonly params: Promise<{ readonly id: string }>
}

export default async function RepositoryPage({ params }: RepositoryPageProps) {
  const ctx = await requirePage('read')
  const { id } = await params
  if (!isId(id)) notFound()
  const repository = await orNull(getRepository({ ctx, input: { repository: id } }))
  if (!repository) notFound()
  const [runs, schedules] = await Promise.all([
    listRuns({ ctx, input: { repository: id, limit: 10 } }),
    listSchedules({ ctx, input: { repository: id, limit: 50 } }),
  ])
  const now = Date.now()
  const mayRemove = ctx.grants.includes('admin')
  const mayStart = ctx.grants.includes('trigger')
  return (
    <>
      <TopBar crumbs={[{ label: 'Repositories', href: '/repositories' }, { label: repository.name }]} />
      <PageBody>
        <div className="mb-5 flex flex-wrap items-start gap-x-4 gap-y-3">
          <div className="min-w-0 flex-1 basis-64">
            <h1 className="text-lg font-semibold">{visible(repository.name)}</h1>
            <p className="code text-muted">
              {visible(repository.source)} · {visible(repository.defaultBranch)}
            </p>
          </div>
          <div className="flex flex-wrap gap-2">
            {mayStart && (
              <Link href={href('/runs/new', { repository: id })} className={buttonClass('primary')}>
                Start a run
              </Link>
            )}
            {mayStart && (
              <Link href={`/repositories/${id}/config`} className={buttonClass('plain')}>
                Edit devpilot.yaml
              </Link>
            )}
            <Link href={href('/workflows', { repository: id })} className={buttonClass('plain')}>
              Flows
            </Link>
            {mayRemove && (
              <RemoveRepository repository={id} name={repository.name} remove={removeRepositoryAction} />
            )}
          </div>
        </div>
        <div className="space-y-7">
          <RepositoryFacts repository={repository} now={now} />
          {runs.items.length > 0 ? (
            <Section
              title="Runs"
              aside={
                <Link href={href('/timeline', { repository: id })} className="text-accent hover:underline">
                  All runs
                </Link>
              }
            >
              <RunTable runs={runs.items} now={now} />
            </Section>
          ) : (
            <FirstRun repository={repository} />
          )}
          <Section title="Schedules">
            <Schedules schedules={schedules.items} now={now} />
          </Section>
          {mayStart && (
            <Section title="What works">
              <CheckAgain source={repository.source} check={checkRepositoryAction} />
            </Section>
          )}
          <Suspense fallback={<ReadingConfig branch={repository.defaultBranch} />}>
            <ConfigInForce ctx={ctx} repository={id} />
          </Suspense>
        </div>
      </PageBody>
    </>
  )
}

/** The forge is asked for its base branch, and may take its time: what is known here does not wait for it. */
async function ConfigInForce({
  ctx,
  repository,
}: {
  readonly ctx: ServiceContext
  readonly repository: string
}) {
  const open = recentBaseOpener(ctx.home)
  const config = await orProblem(getConfig({ ctx, input: { repository }, open, reader: configReader }))
  const checked =
    'value' in config
      ? await checkConfig({ ctx, input: { text: config.value.text ?? '' }, reader: configReader })
      : null
  return (
    <Section title="Configuration in force" aside={'value' in config && fileText(config.value)}>
      {'problem' in config && <Problem message={config.problem.message} mend={config.problem.mend} />}
      {checked?.valid === false && (
        <Problem
          message="The devpilot.yaml of the base branch is not valid: no run can begin."
          mend="Edit it: the problems stand beside their lines there."
        />
      )}
      {checked?.valid && <ConfigMeaning meaning={checked.meaning} />}
    </Section>
  )
}

function fileText({ branch, text }: BaseConfig): string {
  const shown = visible(branch)
  return text === null
    ? `There is no devpilot.yaml on ${shown}: the defaults hold.`
    : `devpilot.yaml on ${shown}`
}

function ReadingConfig({ branch }: { readonly branch: string }) {
  return (
    <Section title="Configuration in force" aside={`Reading devpilot.yaml on ${visible(branch)}…`}>
      <SkeletonRows rows={6} />
    </Section>
  )
}
