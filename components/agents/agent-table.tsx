import { clsx } from 'clsx'
import { TriangleAlert } from 'lucide-react'
import { duration, money, plural } from '@/components/format'
import { href } from '@/components/params'
import { StepMark } from '@/components/ui/agent-mark'
import { Link } from '@/components/ui/link'
import { visible } from '@/lib/core/visible'
import type { AgentFigures } from '@/lib/services/agents/figures'
import type { AgentSheet } from '@/lib/services/agents/view'

/** Of a column that narrow screens have no room for. */
const wide = 'max-md:hidden'

interface AgentTableProps {
  readonly sheets: readonly AgentSheet[]
  readonly figures: readonly AgentFigures[]
  readonly repository: string
}

/** The agents, how each did of late, and what it would work with now; on a narrow screen each is one cell. */
export function AgentTable({ sheets, figures, repository }: AgentTableProps) {
  return (
    <div className="overflow-x-auto rounded-lg border bg-surface">
      <table className="w-full text-sm md:min-w-200">
        <caption className="sr-only">Agents</caption>
        <thead className="bg-raised text-left text-xs text-muted">
          <tr>
            <th className="px-3 py-2 font-normal">Agent</th>
            <th className={clsx(wide, 'px-3 py-2 font-normal whitespace-nowrap')}>Model</th>
            <th className={clsx(wide, 'px-3 py-2 font-normal whitespace-nowrap')}>Prompt</th>
            <th className={clsx(wide, 'px-3 py-2 text-right font-normal whitespace-nowrap')}>Steps</th>
            <th className={clsx(wide, 'px-3 py-2 text-right font-normal whitespace-nowrap')}>Completed</th>
            <th className={clsx(wide, 'px-3 py-2 text-right font-normal whitespace-nowrap')}>Median time</th>
            <th className={clsx(wide, 'px-3 py-2 text-right font-normal whitespace-nowrap')}>Median cost</th>
            <th className={clsx(wide, 'px-3 py-2 text-right font-normal whitespace-nowrap')}>Confidence</th>
          </tr>
        </thead>
        <tbody className="divide-y">
          {sheets.map((sheet) => {
            const its = figures.find((one) => one.agent === sheet.agent)
            return (
              <tr key={sheet.agent} className="relative align-top hover:bg-raised">
                <th scope="row" className="px-3 py-2.5 text-left font-normal">
                  <span className="flex items-center gap-2">
                    <StepMark step={sheet.agent} />
                    <Link
                      href={href(`/agents/${sheet.agent}`, { repository })}
                      className="font-medium after:absolute after:inset-0"
                    >
                      {sheet.agent}
                    </Link>
                    {!sheet.enabled && <span className="text-xs text-muted">off</span>}
                  </span>
                  <span className="mt-0.5 block max-w-80 pl-7 text-xs text-muted">{sheet.about}</span>
                  <span className="mt-0.5 block pl-7 text-xs text-faint md:hidden">
                    {inShort(sheet, its)}
                  </span>
                </th>
                <td className={clsx(wide, 'px-3 py-2.5')}>
                  {sheet.model.name && !sheet.model.problem ? (
                    <>
                      <span className="num text-xs">{visible(sheet.model.name)}</span>
                      <span className="block text-xs text-faint">{sheet.model.provider}</span>
                    </>
                  ) : (
                    <span className="tone-amber flex items-center gap-1 text-xs whitespace-nowrap">
                      <TriangleAlert aria-hidden className="size-3.5 shrink-0" />
                      not set up
                    </span>
                  )}
                </td>
                <td className={clsx(wide, 'px-3 py-2.5')}>
                  <span className="num text-xs">{visible(sheet.prompt.version)}</span>
                  <span className="block text-xs text-faint">
                    {sheet.prompt.own ? 'the repository’s' : 'DevPilot’s'}
                  </span>
                </td>
                <Figure>{its?.beads ?? 0}</Figure>
                <Figure>{its ? completed(its) : '–'}</Figure>
                <Figure>{its?.medianSeconds == null ? '–' : duration(its.medianSeconds * 1_000)}</Figure>
                <Figure>{its?.medianMicros == null ? '–' : money(its.medianMicros)}</Figure>
                <Figure>{its?.confidence == null ? '–' : its.confidence.toFixed(2)}</Figure>
              </tr>
            )
          })}
        </tbody>
      </table>
      <p className="border-t px-3 py-2 text-xs text-muted">
        Figures are of the last 300 steps of each agent, over all repositories. Confidence is what the agent
        said of its own work.
      </p>
    </div>
  )
}

function Figure({ children }: { readonly children: React.ReactNode }) {
  return <td className={clsx(wide, 'num px-3 py-2.5 text-right whitespace-nowrap text-muted')}>{children}</td>
}

/** `gpt-4.1, prompt 1.0, 41 steps, 92% completed`. */
function inShort({ model, prompt }: AgentSheet, its: AgentFigures | undefined): string {
  const asked = model.name && !model.problem ? model.name : 'model not set up'
  const did = its ? [plural(its.beads, 'step'), `${completed(its)} completed`] : []
  return visible([asked, `prompt ${prompt.version}`, ...did].join(', '))
}

/** `92%`, of those that have ended. */
export function completed({ completed: good, failed }: AgentFigures): string {
  return good + failed === 0 ? '–' : `${Math.round((good / (good + failed)) * 100)}%`
}
