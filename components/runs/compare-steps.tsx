import { clsx } from 'clsx'
import { ChevronRight } from 'lucide-react'
import { duration, money, plural } from '@/components/format'
import { StepMark } from '@/components/ui/agent-mark'
import { Link } from '@/components/ui/link'
import { Section } from '@/components/ui/panel'
import { BeadStatusChip } from '@/components/ui/status'
import { visible } from '@/lib/core/visible'
import type { BeadView, RunView } from '@/lib/services/views'
import type { BeadPair } from './compare'
import type { FactPair } from './compare-facts'
import { Mark } from './compare-mark'

interface CompareStepsProps {
  readonly pairs: readonly BeadPair[]
  readonly left: RunView
  readonly right: RunView
}

/** The steps of two runs beside each other; what differs is shown, the rest can be opened. */
export function CompareSteps({ pairs, left, right }: CompareStepsProps) {
  const first = pairs.findIndex((pair) => pair.differences.length > 0)
  const differ = pairs.filter((pair) => pair.differences.length > 0).length
  const aside =
    differ === 0 ? plural(pairs.length, 'step') : `${differ} of ${plural(pairs.length, 'step')} differ`
  return (
    <Section title="Steps" aside={aside}>
      <ol className="overflow-clip rounded-lg border bg-surface">
        {pairs.map((pair, index) => (
          <Row
            key={`${pair.left?.id ?? ''}${pair.right?.id ?? ''}`}
            pair={pair}
            first={index === first}
            left={left}
            right={right}
          />
        ))}
      </ol>
    </Section>
  )
}

interface RowProps {
  readonly pair: BeadPair
  /** The first that differs. */
  readonly first: boolean
  readonly left: RunView
  readonly right: RunView
}

function Row({ pair, first, left, right }: RowProps) {
  const { facts, differences } = pair
  const paired = pair.left !== null && pair.right !== null
  const other = facts.filter((fact) => !fact.same)
  const same = facts.filter((fact) => fact.same)
  return (
    <li className={clsx('border-t first:border-t-0', first && 'bg-accent-tint')}>
      {differences.length > 0 && (
        <p
          className={clsx(
            'flex items-start gap-1.5 px-3 pt-1.5 text-xs',
            first ? 'font-medium text-ink' : 'text-muted',
          )}
        >
          <Mark same={false} className="mt-0 size-3.5" />
          <span>
            {first && 'First difference: '}
            {differences.map(visible).join(', ')}
          </span>
        </p>
      )}
      <div className="grid grid-cols-2 divide-x">
        <Side bead={pair.left} run={left} />
        <Side bead={pair.right} run={right} />
      </div>
      {paired && other.length > 0 && <FactList facts={other} />}
      {paired && same.length > 0 && (
        <details className="group border-t border-dashed">
          <summary className="flex cursor-pointer items-start gap-1.5 px-3 py-1 text-xs text-muted hover:text-ink">
            <ChevronRight aria-hidden className="mt-px size-3.5 shrink-0 group-open:rotate-90" />
            <span>The same: {same.map(({ label }) => visible(label.toLowerCase())).join(', ')}</span>
          </summary>
          <FactList facts={same} />
        </details>
      )}
    </li>
  )
}

function FactList({ facts }: { readonly facts: readonly FactPair[] }) {
  return (
    <ul className="pb-1.5 text-xs">
      {facts.map(({ label, left, right }) => (
        <li key={label} className="grid grid-cols-2 divide-x">
          {[left, right].map((text, index) => (
            <span key={index === 0 ? 'first' : 'second'} className="min-w-0 px-3 py-0.5 wrap-anywhere">
              <span className="text-faint">{visible(label)} </span>
              {visible(text ?? '–')}
            </span>
          ))}
        </li>
      ))}
    </ul>
  )
}

function Side({ bead, run }: { readonly bead: BeadView | null; readonly run: RunView }) {
  if (bead === null) return <p className="px-3 py-2 text-sm text-faint">not there</p>
  const ms = bead.startedAt && bead.endedAt ? Date.parse(bead.endedAt) - Date.parse(bead.startedAt) : null
  return (
    <Link href={`/runs/${run.id}?bead=${bead.seq}`} className="min-w-0 px-3 py-2 text-sm hover:bg-raised">
      <span className="flex items-center gap-2">
        <StepMark step={bead.step} />
        <span className="min-w-0 flex-1 truncate font-medium">
          {visible(bead.name)}
          {bead.attempt > 1 && <span className="font-normal text-muted"> {bead.attempt}</span>}
        </span>
        <BeadStatusChip status={bead.status} category={bead.category} bare />
      </span>
      <span className="mt-0.5 block text-xs text-muted">
        {[
          bead.outcome?.kind.replaceAll('_', ' '),
          bead.inherited && (bead.costMicros > 0 ? 'taken over in part' : 'taken over'),
          bead.costMicros > 0 && money(bead.costMicros),
          ms === null || bead.inherited ? null : duration(ms),
        ]
          .filter(Boolean)
          .join(' · ')}
      </span>
    </Link>
  )
}
