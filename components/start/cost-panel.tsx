import { duration, money, plural } from '@/components/format'
import { Section } from '@/components/ui/panel'
import { visible } from '@/lib/core/visible'
import type { StartOptions } from './types'

interface CostPanelProps {
  readonly options: StartOptions
  /** Dollars; null while what stands in the field is no sum. */
  readonly budgetUsd: number | null
  readonly replayed: boolean
}

/** What the run may cost at most, what such runs cost so far, and where people are asked. */
export function CostPanel({ options, budgetUsd, replayed }: CostPanelProps) {
  const { flow, gates, merge, branch } = options
  return (
    <div className="space-y-6">
      <Section title="What it costs at most">
        <Most options={options} budgetUsd={budgetUsd} replayed={replayed} />
      </Section>
      <Section title="Where people are asked">
        {gates.length > 0 ? (
          <ul className="space-y-2 text-sm">
            {gates.map((gate) => (
              <li key={gate.id}>
                <span className="font-medium">{gate.id}</span>
                <span className="block text-muted">{gate.text}</span>
              </li>
            ))}
          </ul>
        ) : (
          <p className="text-sm text-muted">Nowhere in this flow.</p>
        )}
        <p className="mt-2 text-sm text-muted">
          {flow.steps.includes('merge')
            ? `After the last approval it merges into ${visible(branch ?? 'the base branch')} (${merge}).`
            : flow.steps.includes('pr')
              ? 'It ends with a pull request, and merges nothing.'
              : 'It merges nothing.'}{' '}
          {flow.asksModel && 'An agent that is unsure, or makes no progress, asks people too.'}
        </p>
      </Section>
    </div>
  )
}

function Most({ options, budgetUsd, replayed }: CostPanelProps) {
  const { flow, estimate, leftTodayMicros } = options
  if (!flow.asksModel) return <Figure value="$0.00" note="This flow asks no model." />
  if (budgetUsd === null) return <Figure value="–" note="Give a budget above zero." />
  const micros = Math.round(budgetUsd * 1_000_000)
  const less = leftTodayMicros !== null && leftTodayMicros < micros
  return (
    <>
      <Figure
        value={money(less ? leftTodayMicros : micros)}
        note={
          less
            ? `Today’s budget of this repository has no more left; the run itself might have spent ${money(micros)}.`
            : 'The worst case of each call is reserved before it is made: the run pauses before it would spend more.'
        }
      />
      {replayed && <p className="mt-2 text-sm text-muted">A recording is replayed: nobody is paid.</p>}
      <p className="mt-3 text-sm">
        {estimate.runs === 0 || estimate.medianMicros === null ? (
          <span className="text-muted">
            No run of this flow has ended here yet, so nothing is known of what it takes.
          </span>
        ) : (
          <>
            Of the last {plural(estimate.runs, 'such run')} half cost under{' '}
            <b className="num">{money(estimate.medianMicros)}</b>
            {estimate.p90Micros !== null && estimate.runs >= 5 && (
              <>
                , nine of ten under <b className="num">{money(estimate.p90Micros)}</b>
              </>
            )}
            {estimate.medianSeconds !== null && (
              <>; half ended within {duration(estimate.medianSeconds * 1_000)}</>
            )}
            .
          </>
        )}
      </p>
    </>
  )
}

function Figure({ value, note }: { readonly value: string; readonly note: string }) {
  return (
    <>
      <p className="num text-xl font-semibold" data-testid="at-most">
        {value}
      </p>
      <p className="mt-1 text-sm text-muted">{note}</p>
    </>
  )
}
