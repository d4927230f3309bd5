import type { Metadata } from 'next'
import { notFound } from 'next/navigation'
import { isId, one, type SearchParams } from '@/components/params'
import { ConfigDesk } from '@/components/repositories/config-editor'
import { LiveScope } from '@/components/shell/live'
import { PageBody, TopBar } from '@/components/shell/top-bar'
import { visible } from '@/lib/core/visible'
import { orNull } from '@/lib/edge/or-null'
import { orProblem } from '@/lib/edge/or-problem'
import { requirePage } from '@/lib/edge/page'
import { baseOpener } from '@/lib/runtime/base'
import { configReader } from '@/lib/runtime/config-reader'
import { getConfig } from '@/lib/services/repositories/config-get'
import { getRepository } from '@/lib/services/repositories/get'
import { checkConfigAction, proposeConfigAction } from '../../actions'

export const metadata: Metadata = { title: 'Configuration' }

interface ConfigPageProps {
  readonly params: Promise<{ readonly id: string }>
  readonly searchParams: SearchParams
}

/** Keys that a link may lead to. */
const parts = ['flows', 'budget', 'supervision', 'agents'] as const

export default async function ConfigPage({ params, searchParams }: ConfigPageProps) {
  const ctx = await requirePage('trigger')
  const { id } = await params
  if (!isId(id)) notFound()
  const repository = await orNull(getRepository({ ctx, input: { repository: id } }))
  if (!repository) notFound()
  const query = await searchParams
  const part = parts.find((name) => name === one(query.part))
  const base = await orProblem(
    getConfig({ ctx, input: { repository: id }, open: baseOpener(ctx.home), reader: configReader }),
  )
  return (
    <>
      <TopBar
        crumbs={[
          { label: 'Repositories', href: '/repositories' },
          { label: repository.name, href: `/repositories/${id}` },
          { label: 'devpilot.yaml' },
        ]}
      />
      <PageBody>
        <h1 className="mb-1 text-lg font-semibold">devpilot.yaml of {visible(repository.name)}</h1>
        <LiveScope run={null} />
        <ConfigDesk
          repository={id}
          base={'problem' in base ? null : base.value}
          problem={'problem' in base ? base.problem : null}
          check={checkConfigAction}
          propose={proposeConfigAction}
          {...(part ? { startAt: `${part}:` } : {})}
        />
      </PageBody>
    </>
  )
}
