import type { Metadata } from 'next'
import { notFound } from 'next/navigation'
import { isId, one, type SearchParams } from '@/components/params'
import { ConfigEditor } from '@/components/repositories/config-editor'
import { PageBody, TopBar } from '@/components/shell/top-bar'
import { Sha } from '@/components/ui/copy'
import { Problem } from '@/components/ui/panel'
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
        {'problem' in base ? (
          <Problem message={base.problem.message} mend={base.problem.mend} />
        ) : (
          <>
            <p className="mb-4 text-sm text-muted">
              {base.value.text === null
                ? `There is none on ${visible(base.value.branch)} yet; this is one to begin with. `
                : `As it is on ${visible(base.value.branch)} at `}
              {base.value.text !== null && <Sha value={base.value.sha} />}
            </p>
            <ConfigEditor
              repository={id}
              base={base.value}
              check={checkConfigAction}
              propose={proposeConfigAction}
              {...(part ? { startAt: `${part}:` } : {})}
            />
          </>
        )}
      </PageBody>
    </>
  )
}
