import { duration } from '@/components/format'
import { href } from '@/components/params'
import { StepMark } from '@/components/ui/agent-mark'
import { Link } from '@/components/ui/link'
import { type FlowGraph, targetText } from '@/lib/core/flow-graph'
import { visible } from '@/lib/core/visible'
import type { StepFigures } from '@/lib/services/flows/figures'
import { figureText } from './flow-picture'

interface FlowTableProps {
  readonly flow: string
  /** Its id; empty: the figures are of all. */
  readonly repository: string
  readonly graph: FlowGraph
  readonly figures: readonly StepFigures[]
  /** Runs that the figures are made from. */
  readonly runs: number
}

/** Every step with its figures and every way on: the picture in words. */
export function FlowTable({ flow, repository, graph, figures, runs }: FlowTableProps) {
  const runsOf = (more: Readonly<Record<string, string>> = {}) =>
    href('/timeline', { flow, repository, ...more })
  return (
    <section
      aria-label="Step by step, as a table"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
      tabIndex={0}
      className="overflow-x-auto rounded-lg border bg-surface"
    >
      <table className="w-full text-sm md:min-w-220">
        <caption className="sr-only">The steps of the flow, what they took, and where they lead</caption>
        <thead className="bg-raised text-left text-xs text-muted">
          <tr>
            <th className="px-3 py-2 font-normal max-md:w-2/5">Step</th>
            <th className="px-3 py-2 text-right font-normal whitespace-nowrap max-md:hidden">Median time</th>
            <th className="px-3 py-2 text-right font-normal whitespace-nowrap max-md:hidden">Times a run</th>
            <th className="px-3 py-2 text-right font-normal whitespace-nowrap max-md:hidden">
              Stopped at people
            </th>
            <th className="px-3 py-2 text-right font-normal whitespace-nowrap max-md:hidden">Failed</th>
            <th className="px-3 py-2 font-normal">Leads to</th>
          </tr>
        </thead>
        <tbody className="divide-y">
          {graph.steps.map(({ step, inserted }) => {
            const its = figures.find((one) => one.step === step)
            return (
              <tr key={step} className="align-top">
                <th scope="row" className="px-3 py-2 text-left font-medium md:whitespace-nowrap">
                  <span className="flex items-center gap-2">
                    <StepMark step={step} />
                    {visible(step.replace(/^gate:/, ''))}
                  </span>
                  {inserted && (
                    <span className="block pl-7 text-xs font-normal text-faint">only when needed</span>
                  )}
                  {its && (
                    <span className="block pl-7 text-xs font-normal text-muted md:hidden">
                      {figureText(its)}
                    </span>
                  )}
                </th>
                <Figure to={runsOf({ columns: 'status.title.repository.duration.created' })}>
                  {its?.medianSeconds == null ? '–' : duration(its.medianSeconds * 1_000)}
                </Figure>
                <Figure to={runsOf()}>{its ? times(its) : '–'}</Figure>
                <Figure to={runsOf()}>{its ? share(its.asked, its.beads) : '–'}</Figure>
                <Figure to={runsOf({ status: 'failed' })}>{its ? share(its.failed, its.beads) : '–'}</Figure>
                <td className="px-3 py-2">
                  <ul className="space-y-0.5">
                    {graph.edges
                      .filter((edge) => edge.from === step)
                      .map((edge) => (
                        <li key={targetText(edge.to)}>
                          <span aria-hidden className="text-faint">
                            {edge.way === 'back' ? '↩ ' : edge.way === 'out' ? '← ' : '↓ '}
                          </span>
                          {visible(targetText(edge.to))}
                          {edge.when.length > 0 && (
                            <span className="text-muted">: {visible(edge.when.join('; '))}</span>
                          )}
                        </li>
                      ))}
                  </ul>
                </td>
              </tr>
            )
          })}
        </tbody>
      </table>
      <p className="border-t px-3 py-2 text-xs text-muted">
        {runs === 0 ? (
          'No run of this flow is on record yet.'
        ) : (
          <Link href={runsOf()} className="underline underline-offset-2">
            From the last {runs} runs of this flow.
          </Link>
        )}{' '}
        At every step, too: an error that may pass is tried again, a lasting one ends the run as failed, and a
        spent budget pauses it.
      </p>
    </section>
  )
}

/** A figure, and the runs that it tells of. */
function Figure({ to, children }: { readonly to: string; readonly children: string }) {
  return (
    <td className="num px-3 py-2 text-right whitespace-nowrap text-muted max-md:hidden">
      {children === '–' || children === '0' ? (
        children
      ) : (
        <Link href={to} className="hover:underline">
          {children}
        </Link>
      )}
    </td>
  )
}

function times({ beads, runs }: StepFigures): string {
  return runs === 0 ? '–' : (beads / runs).toFixed(1)
}

function share(part: number, whole: number): string {
  return whole === 0 ? '–' : part === 0 ? '0' : `${part} (${Math.round((part / whole) * 100)}%)`
}
