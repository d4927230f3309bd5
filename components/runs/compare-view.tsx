import { clsx } from 'clsx'
import { Equal, type LucideIcon, Split } from 'lucide-react'
import Link from 'next/link'
import type { ReactNode } from 'react'
import { duration, money, plural, tokens } from '@/components/format'
import { StepMark } from '@/components/ui/agent-mark'
import { Section } from '@/components/ui/panel'
import { BeadStatusChip, RunStatusChip } from '@/components/ui/status'
import { Elapsed } from '@/components/ui/time-ago'
import { visible } from '@/lib/core/visible'
import type { BeadView, RunView } from '@/lib/services/views'
import { alignBeads, type BeadPair, compareDiffs, countEvidence, type FilePair } from './compare'
import { placeWords } from './kinship'

interface CompareProps {
  readonly left: RunView
  readonly right: RunView
  readonly now: number
}

/** Two runs side by side: their facts, their steps with the first difference marked, what they made. */
export function CompareView({ left, right, now }: CompareProps) {
  const pairs = alignBeads(left.beads, right.beads)
  const first = pairs.findIndex((pair) => pair.difference !== null)
  return (
    <div className="space-y-6">
      <p className="flex items-start gap-2 text-md font-medium">
        <Mark same={first === -1} />
        {first === -1 ? 'Step by step the two are the same.' : firstSentence(pairs[first])}
      </p>
      <Facts left={left} right={right} now={now} />
      <Section title="Steps" aside={plural(pairs.length, 'step')}>
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
      <Evidence left={left} right={right} />
      <Files left={left} right={right} />
    </div>
  )
}

function firstSentence(pair: BeadPair | undefined): string {
  const bead = pair?.left ?? pair?.right
  if (!pair || !bead) return ''
  const name = `${visible(bead.step)}${bead.attempt > 1 ? ` ${bead.attempt}` : ''}`
  return `They part at ${name}: ${pair.difference}.`
}

function Mark({ same, className }: { readonly same: boolean; readonly className?: string }) {
  const Icon: LucideIcon = same ? Equal : Split
  return (
    <Icon
      aria-hidden
      className={clsx('mt-0.5 size-4 shrink-0', same ? 'text-green' : 'text-orange', className)}
    />
  )
}

function Facts({ left, right, now }: CompareProps) {
  const inherited = (run: RunView) =>
    run.beads.reduce((sum, bead) => sum + (bead.inherited?.costMicros ?? 0), 0)
  const models = (run: RunView) =>
    [...new Set(run.beads.flatMap((bead) => (bead.model === null ? [] : [bead.model])))].join(', ') || '–'
  const rows: readonly (readonly [string, (run: RunView) => ReactNode])[] = [
    ['Status', (run) => <RunStatusChip status={run.status} />],
    ['Ended', (run) => visible(run.detail)],
    ['Branch', (run) => <span className="code">{run.branch ? visible(run.branch) : '–'}</span>],
    ['Models', (run) => visible(models(run))],
    [
      'Cost',
      (run) => (
        <>
          <span className="num">{money(run.costMicros)}</span>
          {inherited(run) > 0 && (
            <span className="block text-xs text-muted">and {money(inherited(run))} inherited</span>
          )}
        </>
      ),
    ],
    ['Turns', (run) => <span className="num">{run.turns}</span>],
    [
      'Tokens',
      (run) => (
        <span className="num">
          {tokens(run.inputTokens)} in, {tokens(run.outputTokens)} out
        </span>
      ),
    ],
    ['Time', (run) => (run.startedAt ? <Elapsed from={run.startedAt} to={run.endedAt} now={now} /> : '–')],
    ['Score', (run) => <span className="num">{run.score ?? '–'}</span>],
    [
      'Pull request',
      (run) => (run.pullRequest ? `#${run.pullRequest.number}, ${run.pullRequest.state}` : '–'),
    ],
  ]
  return (
    <div className="overflow-clip rounded-lg border bg-surface">
      <table className="w-full table-fixed text-left text-sm">
        <caption className="sr-only">The two runs</caption>
        <thead>
          <tr className="bg-raised">
            <th scope="col" className="w-20 px-3 py-2 font-normal text-muted sm:w-32">
              <span className="sr-only">What</span>
            </th>
            {[left, right].map((run, index) => (
              <th key={run.id} scope="col" className="px-3 py-2 font-medium">
                <Link href={`/runs/${run.id}`} className="text-accent hover:underline">
                  {index === 0 ? 'First' : 'Second'}: {visible(run.title)}
                </Link>
                {run.fork && (run.fork.run === left.id || run.fork.run === right.id) && (
                  <span className="block text-xs font-normal text-muted">
                    forked at {visible(placeWords(run.fork.place))}
                  </span>
                )}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(([label, show]) => (
            <tr key={label} className="border-t align-top">
              <th scope="row" className="px-3 py-1.5 font-normal text-muted">
                {label}
              </th>
              <td className="px-3 py-1.5">{show(left)}</td>
              <td className="px-3 py-1.5">{show(right)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
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
  return (
    <li className={clsx('border-t first:border-t-0', first && 'bg-accent-tint')}>
      {pair.difference !== null && (
        <p
          className={clsx('flex items-center gap-1.5 px-3 pt-1.5 text-xs', first ? 'text-ink' : 'text-muted')}
        >
          <Mark same={false} className="mt-0 size-3.5" />
          {first ? `First difference: ${pair.difference}` : pair.difference}
        </p>
      )}
      <div className="grid grid-cols-2 divide-x">
        <Side bead={pair.left} run={left} />
        <Side bead={pair.right} run={right} />
      </div>
    </li>
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
          {visible(bead.step)}
          {bead.attempt > 1 && <span className="font-normal text-muted"> {bead.attempt}</span>}
        </span>
        <BeadStatusChip status={bead.status} bare />
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

function Evidence({ left, right }: Pick<CompareProps, 'left' | 'right'>) {
  const [a, b] = [countEvidence(left), countEvidence(right)]
  const kinds = [...new Set([...a.keys(), ...b.keys()])].sort()
  if (kinds.length === 0) return null
  return (
    <Section title="Evidence">
      <div className="overflow-clip rounded-lg border bg-surface">
        <table className="w-full table-fixed text-left text-sm">
          <thead>
            <tr className="bg-raised text-muted">
              {['Kind', 'First', 'Second'].map((label, index) => (
                <th
                  key={label}
                  scope="col"
                  className={clsx('px-3 py-1.5 font-normal', index > 0 && 'text-right')}
                >
                  {label}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {kinds.map((kind) => (
              <tr key={kind} className="border-t">
                <th scope="row" className="px-3 py-1.5 font-normal">
                  {visible(kind)}
                </th>
                <td className="num px-3 py-1.5 text-right">{a.get(kind) ?? 0}</td>
                <td className="num px-3 py-1.5 text-right">{b.get(kind) ?? 0}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Section>
  )
}

function Files({ left, right }: Pick<CompareProps, 'left' | 'right'>) {
  const files = compareDiffs(left.diff, right.diff)
  const other = files.filter((file) => !file.same).length
  if (files.length === 0) return null
  return (
    <Section
      title="Files changed"
      aside={other === 0 ? 'the same change' : `${other} of ${plural(files.length, 'file')} differ`}
    >
      <ul className="divide-y overflow-clip rounded-lg border bg-surface">
        {files.map((file) => (
          <li key={file.path} className="px-3 py-2 text-sm">
            <p className="flex items-start gap-2">
              <Mark same={file.same} />
              <span className="code min-w-0">{visible(file.path)}</span>
              <span className="sr-only">{file.same ? 'the same in both' : 'not the same'}</span>
            </p>
            <p className="mt-1 grid grid-cols-2 gap-3 pl-6 text-xs text-muted">
              <Change file={file} side="left" run={left} />
              <Change file={file} side="right" run={right} />
            </p>
          </li>
        ))}
      </ul>
    </Section>
  )
}

interface ChangeProps {
  readonly file: FilePair
  readonly side: 'left' | 'right'
  readonly run: RunView
}

function Change({ file, side, run }: ChangeProps) {
  const lines = file[side]
  if (lines === null) return <span className="text-faint">not changed</span>
  const href = `/runs/${run.id}?${new URLSearchParams({ tab: 'diff', file: file.path })}`
  return (
    <Link href={href} className="hover:underline">
      <span className="num text-added-sign">+{lines.added}</span>{' '}
      <span className="num text-removed-sign">−{lines.removed}</span>
      {side === 'left' ? ' in the first' : ' in the second'}
    </Link>
  )
}
