import { clsx } from 'clsx'
import { Tooltip } from '@/components/ui/tooltip'
import type { Health } from './console-types'

/** Engine and sandbox: a dot each, its words beside it or on hover. A ring is what is not as it should be. */
export function HealthDots({
  health,
  narrow,
}: {
  readonly health: readonly Health[]
  readonly narrow: boolean
}) {
  return (
    <ul
      aria-label="State"
      className={clsx('flex px-1.5 py-1', narrow ? 'flex-col items-center gap-1' : 'gap-1')}
    >
      {health.map(({ name, state, tone }) => (
        <li key={name} className="min-w-0">
          <Tooltip text={`${name}: ${state}`} side={narrow ? 'right' : 'top'}>
            <button
              type="button"
              aria-label={`${name}: ${state}`}
              className="flex h-6 min-w-6 max-w-full cursor-default items-center justify-center gap-1.5 rounded px-1 text-xs text-muted"
            >
              <span
                aria-hidden
                className={clsx(
                  'size-2 shrink-0 rounded-full',
                  tone,
                  tone === 'tone-green' ? 'bg-current' : 'border-2 border-current',
                )}
              />
              {!narrow && <span className="truncate">{name}</span>}
            </button>
          </Tooltip>
        </li>
      ))}
    </ul>
  )
}
