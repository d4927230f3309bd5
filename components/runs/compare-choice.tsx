import { Link } from '@/components/ui/link'
import { Empty, Section } from '@/components/ui/panel'
import { visible } from '@/lib/core/visible'
import type { SimilarRuns } from '@/lib/services/runs/similar'
import type { RunView } from '@/lib/services/views'
import { placeWords } from './kinship'
import { RunTable } from './run-table'

interface CompareChoiceProps {
  readonly run: RunView
  readonly similar: SimilarRuns
  /** What the address named and is not there; empty: it named none. */
  readonly asked: string
  readonly now: number
}

/** With which run to compare: its kin, then others of its task, then others of its repository. */
export function CompareChoice({ run, similar, asked, now }: CompareChoiceProps) {
  const { sameTask, sameRepository } = similar
  const href = (other: string) => `/runs/${run.id}/compare?with=${other}`
  const kin = [
    ...(run.fork ? [{ run: run.fork.run, label: `The run that it was forked from: ${run.fork.title}` }] : []),
    ...run.forks.map((fork) => ({ run: fork.run, label: `Its fork at ${placeWords(fork.place)}` })),
  ]
  const isKin = new Set(kin.map((one) => one.run))
  const lists = [
    { title: 'The same task', runs: sameTask },
    {
      title: `The same repository${run.repository ? `, ${visible(run.repository.name)}` : ''}`,
      runs: sameRepository,
    },
  ].map(({ title, runs }) => ({ title, runs: runs.filter((one) => !isKin.has(one.id)) }))
  const none = kin.length === 0 && lists.every(({ runs }) => runs.length === 0)
  return (
    <div className="space-y-6">
      <div>
        <h1 className="text-lg font-semibold">
          {asked === '' ? 'Compare with which run?' : 'There is no such run to compare with'}
        </h1>
        <p className="mt-1 max-w-prose text-muted">
          {asked === '' ? '' : 'Choose another one to stand beside '}
          {visible(run.title)}
        </p>
      </div>
      {none && (
        <Empty title="There is no other run of this task or repository">
          <p>Fork this run at one of its steps, or start another one.</p>
        </Empty>
      )}
      {kin.length > 0 && (
        <Section title="Forks">
          <ul className="divide-y overflow-clip rounded-lg border bg-surface">
            {kin.map((other) => (
              <li key={other.run}>
                <Link
                  href={href(other.run)}
                  className="block px-3 py-2 text-sm text-accent hover:bg-raised hover:underline"
                >
                  {visible(other.label)}
                </Link>
              </li>
            ))}
          </ul>
        </Section>
      )}
      {lists.map(
        ({ title, runs }) =>
          runs.length > 0 && (
            <Section key={title} title={title}>
              <RunTable runs={runs} now={now} label={title} href={(other) => href(other.id)} />
            </Section>
          ),
      )}
    </div>
  )
}
