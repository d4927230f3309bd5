import { clsx } from 'clsx'
import { hunksOf, lineDiff } from '@/lib/core/line-diff'
import { visible } from '@/lib/core/visible'

const signs = { same: ' ', added: '+', removed: '−' } as const
const words = { same: '', added: 'added: ', removed: 'removed: ' } as const

interface TextDiffProps {
  readonly before: string
  readonly after: string
  readonly label: string
}

/** What changed between two texts, as lines with a sign each. */
export function TextDiff({ before, after, label }: TextDiffProps) {
  const lines = hunksOf(lineDiff(before, after))
  if (lines.length === 0) return <p className="text-sm text-muted">Nothing is changed yet.</p>
  return (
    <section
      aria-label={label}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
      tabIndex={0}
      className="code max-h-[60dvh] overflow-auto rounded-lg border bg-surface py-1"
    >
      <div className="min-w-max">
        {lines.map((line, index) =>
          line === null ? (
            // biome-ignore lint/suspicious/noArrayIndexKey: what is left out has no name of its own
            <div key={`gap-${index}`} aria-hidden className="px-3 text-faint">
              ⋯
            </div>
          ) : (
            <div
              key={`${line.kind}-${line.before}-${line.after}`}
              className={clsx(
                'grid grid-cols-[3rem_1.25rem_1fr] whitespace-pre',
                line.kind === 'added' && 'bg-added',
                line.kind === 'removed' && 'bg-removed',
              )}
            >
              <span aria-hidden className="pr-3 text-right text-faint select-none">
                {line.after ?? line.before}
              </span>
              <span
                aria-hidden
                className={clsx(
                  'select-none',
                  line.kind === 'added' && 'text-added-sign',
                  line.kind === 'removed' && 'text-removed-sign',
                )}
              >
                {signs[line.kind]}
              </span>
              <span className="pr-3">
                <span className="sr-only">{words[line.kind]}</span>
                {visible(line.text)}
              </span>
            </div>
          ),
        )}
      </div>
    </section>
  )
}
