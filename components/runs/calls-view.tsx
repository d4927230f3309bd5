import { clsx } from 'clsx'
import { duration, money, plural, tokens } from '@/components/format'
import { StepMark } from '@/components/ui/agent-mark'
import { Link } from '@/components/ui/link'
import { Pages } from '@/components/ui/pages'
import { Empty, Section } from '@/components/ui/panel'
import { visible } from '@/lib/core/visible'
import type { CallSums, ModelCall } from '@/lib/services/views/turns'

interface CallsViewProps {
  readonly sums: readonly CallSums[]
  readonly calls: readonly ModelCall[]
  readonly href: (call: ModelCall) => string
  readonly first: string | null
  readonly next: string | null
}

/** All model calls of a run: what they came to by agent, model and version of the prompt, and each one. */
export function CallsView({ sums, calls, href, first, next }: CallsViewProps) {
  if (sums.length === 0) return <Empty title="No model was called" />
  return (
    <div className="space-y-6">
      <Section title="What it came to" aside={total(sums)}>
        <Sums sums={sums} />
      </Section>
      <Section title="Calls">
        <ol aria-label="Model calls" className="divide-y overflow-clip rounded-lg border bg-surface">
          {calls.map((call) => (
            <li key={call.id}>
              <Call call={call} href={href(call)} />
            </li>
          ))}
        </ol>
        <Pages label="Pages of the calls" to={{ 'First calls': first, 'Later calls': next }} scroll={false} />
      </Section>
    </div>
  )
}

function total(sums: readonly CallSums[]): string {
  const calls = sums.reduce((sum, row) => sum + row.calls, 0)
  const cost = sums.reduce((sum, row) => sum + row.costMicros, 0)
  return `${plural(calls, 'call')}, ${money(cost)}`
}

const cell = 'px-3 py-1.5 text-right whitespace-nowrap'

function Sums({ sums }: { readonly sums: readonly CallSums[] }) {
  return (
    <section
      className="overflow-x-auto rounded-lg border bg-surface"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
      tabIndex={0}
      aria-label="Sums of the calls"
    >
      <table className="w-full text-sm">
        <thead className="bg-raised text-xs text-muted">
          <tr>
            {['Agent', 'Model', 'Prompt'].map((name) => (
              <th key={name} scope="col" className="px-3 py-1.5 text-left font-medium">
                {name}
              </th>
            ))}
            {['Calls', 'In', 'Cached', 'Out', 'Mean time', 'Cost'].map((name) => (
              <th key={name} scope="col" className={clsx(cell, 'font-medium')}>
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody className="divide-y">
          {sums.map((row) => (
            <tr key={`${row.step} ${row.model} ${row.prompt} ${row.promptVersion}`}>
              <th scope="row" className="px-3 py-1.5 text-left font-medium whitespace-nowrap">
                <span className="inline-flex items-center gap-2">
                  <StepMark step={row.step} />
                  {visible(row.step)}
                </span>
              </th>
              <td className="px-3 py-1.5">
                {visible(row.model)}
                {row.recorded && <span className="text-muted">, recorded</span>}
              </td>
              <td className="px-3 py-1.5 whitespace-nowrap text-muted">
                {visible(row.prompt)} v{visible(row.promptVersion)}
              </td>
              <td className={clsx(cell, 'num')}>{row.calls.toLocaleString('en')}</td>
              <td className={clsx(cell, 'num')}>{tokens(row.inputTokens)}</td>
              <td className={clsx(cell, 'num text-muted')}>
                {row.inputTokens === 0 ? '0%' : `${Math.round((100 * row.cachedTokens) / row.inputTokens)}%`}
              </td>
              <td className={clsx(cell, 'num')}>{tokens(row.outputTokens)}</td>
              <td className={clsx(cell, 'num')}>{duration(row.ms / Math.max(1, row.calls))}</td>
              <td className={clsx(cell, 'num')}>{money(row.costMicros)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}

function Call({ call, href }: { readonly call: ModelCall; readonly href: string }) {
  const { usage } = call
  return (
    <Link
      href={href}
      scroll={false}
      className="flex min-h-9 items-center gap-2 px-3 py-1 text-sm hover:bg-raised"
    >
      <StepMark step={call.step} />
      <span className="num w-20 shrink-0 text-xs text-muted">
        {call.beadSeq}.{call.seq}
      </span>
      <span className="min-w-0 flex-1 truncate">
        {visible(call.said || call.tools.join(' ') || 'no words')}
      </span>
      <span className="num hidden w-28 shrink-0 text-right text-xs text-muted md:block">
        {tokens(usage.inputTokens)} → {tokens(usage.outputTokens)}
      </span>
      <span className="num hidden w-14 shrink-0 text-right text-xs text-muted sm:block">
        {duration(Date.parse(call.endedAt) - Date.parse(call.startedAt))}
      </span>
      <span className="num w-16 shrink-0 text-right text-xs text-faint">
        {call.inheritedMicros === null ? money(call.costMicros) : 'inherited'}
      </span>
    </Link>
  )
}
