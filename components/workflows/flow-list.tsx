import { clsx } from 'clsx'
import { Link } from '@/components/ui/link'
import { ShowCurrent } from '@/components/ui/show-current'
import type { NamedFlow } from '@/lib/core/flow-list'
import { visible } from '@/lib/core/visible'
import { href, triggersText } from './links'

interface FlowListProps {
  readonly flows: readonly NamedFlow[]
  readonly current: string
  readonly repository: string
}

/** The flows to choose from. */
export function FlowList({ flows, current, repository }: FlowListProps) {
  return (
    <nav aria-label="Flows" className="min-w-0">
      <ul className="flex gap-1 overflow-x-auto lg:flex-col">
        {flows.map((flow) => {
          const here = flow.name === current
          return (
            <li key={flow.name} className="shrink-0">
              <Link
                href={href('/workflows', { repository, flow: flow.name })}
                aria-current={here ? 'page' : undefined}
                scroll={false}
                className={clsx(
                  'block rounded-md px-3 py-2 text-sm',
                  here ? 'bg-accent-tint text-accent' : 'hover:bg-raised',
                )}
              >
                <span className="flex items-baseline gap-2">
                  <span className="font-medium whitespace-nowrap">
                    {visible(flow.name.replaceAll('_', ' '))}
                  </span>
                  {flow.from === 'devpilot.yaml' && <span className="text-xs text-muted">own</span>}
                </span>
                <span className="hidden text-xs text-muted lg:block">{triggersText(flow)}</span>
              </Link>
            </li>
          )
        })}
      </ul>
      <ShowCurrent current={current} />
    </nav>
  )
}
