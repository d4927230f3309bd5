import { clsx } from 'clsx'
import type { ReactNode } from 'react'
import { money, plural, tokens } from '@/components/format'
import { Link } from '@/components/ui/link'
import { Section } from '@/components/ui/panel'
import { RunStatusChip } from '@/components/ui/status'
import { Elapsed } from '@/components/ui/time-ago'
import { visible } from '@/lib/core/visible'
import type { RunView } from '@/lib/services/views'
import {
  alignBeads,
  type BeadPair,
  type ComparedRun,
  compareDiffs,
  compareEvidence,
  type FilePair,
} from './compare'
import { Mark } from './compare-mark'
import { CompareSteps } from './compare-steps'
import { placeWords } from './kinship'

/** A run with what is compared of its conversations. */
export interface WholeRun extends ComparedRun {
  readonly run: RunView
}

interface CompareProps {
  readonly left: WholeRun
  readonly right: WholeRun
  readonly now: number
}

interface SidesProps {
  readonly left: RunView
  readonly right: RunView
}

/** Two runs side by side: their facts, their steps with the first difference marked, what they made. */
export function CompareView({ left, right, now }: CompareProps) {
  const pairs = alignBeads(left, right)
  return (
    <div className="space-y-6">
      <div>
        <Verdict pairs={pairs} />
        <p className="mt-1 max-w-prose text-sm text-muted">
          Compared of each step: status, outcome, model, prompt, plan, review, number of tool calls, what its
          checks measured, and its commit. What models wrote and what tools gave was not.
        </p>
      </div>
      <Facts left={left.run} right={right.run} now={now} />
      <CompareSteps pairs={pairs} left={left.run} right={right.run} />
      <Evidence left={left} right={right} />
      <Files left={left.run} right={right.run} />
    </div>
  )
}

function Verdict({ pairs }: { readonly pairs: readonly BeadPair[] }) {
  const first = pairs.find((pair) => pair.differences.length > 0)
  return (
    <p className="flex items-start gap-2 text-md font-medium">
      <Mark same={first === undefined} />
      {first === undefined ? 'No step differs in what was compared.' : firstSentence(first)}
    </p>
  )
}

function firstSentence({ left, right, differences }: BeadPair): string {
  const bead = left ?? right
  if (!bead) return ''
  const name = `${visible(bead.name)}${bead.attempt > 1 ? ` ${bead.attempt}` : ''}`
  return `They part at ${name}: ${differences.map(visible).join(', ')}.`
}

function Facts({ left, right, now }: SidesProps & { readonly now: number }) {
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
              <th key={run.id} scope="col" className="px-3 py-2 align-top font-medium">
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

function Evidence({ left, right }: Pick<CompareProps, 'left' | 'right'>) {
  const pairs = compareEvidence(left.run, right.run)
  if (pairs.length === 0) return null
  return (
    <Section title="Evidence" aside="the last of each kind">
      <div className="overflow-clip rounded-lg border bg-surface">
        <table className="w-full table-fixed text-left text-sm">
          <caption className="sr-only">What the checks measured</caption>
          <thead>
            <tr className="bg-raised text-muted">
              {['Check', 'First', 'Second'].map((label, index) => (
                <th
                  key={label}
                  scope="col"
                  className={clsx('px-3 py-1.5 font-normal', index === 0 && 'w-28 sm:w-44')}
                >
                  {label}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {pairs.map((pair) => (
              <tr key={pair.label} className="border-t align-top">
                <th scope="row" className="px-3 py-1.5 font-normal">
                  <span className="flex items-start gap-1.5">
                    <Mark same={pair.same} />
                    <CheckName label={pair.label} same={pair.same} />
                  </span>
                </th>
                <td className="num px-3 py-1.5">{visible(pair.left ?? '–')}</td>
                <td className="num px-3 py-1.5">{visible(pair.right ?? '–')}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Section>
  )
}

function CheckName({ label, same }: { readonly label: string; readonly same: boolean }) {
  const [name = '', ...rest] = label.split(', ')
  return (
    <span className="min-w-0">
      {visible(name)}
      <span className="sr-only">, </span>
      {rest.length > 0 && <span className="block text-xs text-muted">{visible(rest.join(', '))}</span>}
      <span className="sr-only">{same ? 'the same' : 'not the same'}</span>
    </span>
  )
}

function Files({ left, right }: SidesProps) {
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
  const href = `/runs/${run.id}?tab=diff#${encodeURI(file.path)}`
  return (
    <Link href={href} className="hover:underline">
      <span className="num text-added-sign">+{lines.added}</span>{' '}
      <span className="num text-removed-sign">−{lines.removed}</span>
      {side === 'left' ? ' in the first' : ' in the second'}
    </Link>
  )
}
