import { clsx } from 'clsx'
import { ChevronRight, CircleX, Info, type LucideIcon, TriangleAlert } from 'lucide-react'
import Link from 'next/link'
import { Fragment } from 'react'
import type { LineNote } from '@/components/evidence/checks'
import type { PatchFile, PatchHunk, PatchLine } from '@/lib/core/diff'
import { visible } from '@/lib/core/visible'

/** Files over so many lines come closed; of a closed or open one so many lines are sent unless asked for whole. */
const closedOver = 400
const sentLines = 600

interface DiffFileProps {
  readonly file: PatchFile
  readonly notes: readonly LineNote[]
  readonly whole: boolean
  readonly wholeHref: string
}

export function DiffFileView({ file, notes, whole, wholeHref }: DiffFileProps) {
  const lines = file.hunks.reduce((sum, hunk) => sum + hunk.lines.length, 0)
  const { hunks, left } = whole ? { hunks: file.hunks, left: 0 } : firstLines(file.hunks)
  const inDiff = new Set(hunks.flatMap((hunk) => hunk.lines.map((line) => line.newLine)))
  const atHead = notes.filter((note) => note.line === null || !inDiff.has(note.line))
  return (
    <details
      open={whole || lines <= closedOver}
      className="group overflow-clip rounded-lg border bg-surface"
      data-file={file.path}
    >
      <summary className="sticky top-12 z-10 flex items-center gap-2 bg-raised px-3 py-2 text-sm">
        <ChevronRight
          aria-hidden
          className="size-4 shrink-0 text-faint transition-transform group-open:rotate-90"
        />
        <span className="code min-w-0 font-medium">
          {file.oldPath && <span className="text-muted">{visible(file.oldPath)} → </span>}
          {visible(file.path)}
        </span>
        {file.status !== 'modified' && <span className="text-xs text-muted">{file.status}</span>}
        <span className="num ml-auto shrink-0 text-xs">
          <span className="text-added-sign">+{file.added}</span>{' '}
          <span className="text-removed-sign">−{file.removed}</span>
        </span>
      </summary>
      {atHead.map((note) => (
        <Note key={`${note.line}:${note.text}`} note={note} withLine />
      ))}
      {file.binary && <p className="px-3 py-2 text-sm text-muted">A binary file: its bytes are not shown.</p>}
      {hunks.length > 0 && (
        <section
          className="overflow-x-auto"
          // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
          tabIndex={0}
          aria-label={`Changes of ${file.path}`}
        >
          <table className="code w-full border-collapse">
            <tbody>
              {hunks.map((hunk) => (
                <Hunk key={`${hunk.oldStart}:${hunk.newStart}`} hunk={hunk} notes={notes} />
              ))}
            </tbody>
          </table>
        </section>
      )}
      {left > 0 && (
        <Link
          href={wholeHref}
          scroll={false}
          className="block border-t px-3 py-2 text-sm text-accent hover:underline"
        >
          Show the other {left} lines of this file
        </Link>
      )}
    </details>
  )
}

function firstLines(hunks: readonly PatchHunk[]): { hunks: PatchHunk[]; left: number } {
  let room = sentLines
  const kept: PatchHunk[] = []
  let left = 0
  for (const hunk of hunks) {
    const lines = hunk.lines.slice(0, room)
    room -= lines.length
    left += hunk.lines.length - lines.length
    if (lines.length > 0) kept.push({ ...hunk, lines })
  }
  return { hunks: kept, left }
}

function Hunk({ hunk, notes }: { readonly hunk: PatchHunk; readonly notes: readonly LineNote[] }) {
  return (
    <>
      <tr className="bg-bg text-faint">
        <td colSpan={3} className="px-3 py-0.5">
          Line {hunk.newStart} {visible(hunk.section)}
        </td>
      </tr>
      {hunk.lines.map((line) => {
        const beside = notes.filter((note) => note.line !== null && note.line === line.newLine)
        return (
          <Fragment key={`${line.oldLine}:${line.newLine}`}>
            <Line line={line} />
            {beside.length > 0 && (
              <tr>
                <td colSpan={3} className="p-0">
                  {beside.map((note) => (
                    <Note key={`${note.source}:${note.text}`} note={note} />
                  ))}
                </td>
              </tr>
            )}
          </Fragment>
        )
      })}
    </>
  )
}

const signs: Readonly<Record<PatchLine['kind'], { sign: string; word: string; row: string; text: string }>> =
  {
    context: { sign: ' ', word: '', row: '', text: 'text-faint' },
    added: { sign: '+', word: 'added', row: 'bg-added', text: 'text-added-sign' },
    removed: { sign: '−', word: 'removed', row: 'bg-removed', text: 'text-removed-sign' },
  }

function Line({ line }: { readonly line: PatchLine }) {
  const look = signs[line.kind]
  return (
    <tr className={look.row}>
      <td className="w-px py-0 pr-2 pl-3 text-right align-top whitespace-nowrap text-faint select-none">
        {line.newLine ?? line.oldLine}
      </td>
      <td className={clsx('w-px pr-2 align-top select-none', look.text)}>
        <span aria-hidden>{look.sign}</span>
        {look.word && <span className="sr-only">{look.word}</span>}
      </td>
      <td className="pr-3 whitespace-pre">
        {visible(line.text)}
        {line.noNewline && <span className="text-faint"> (no newline at the end)</span>}
      </td>
    </tr>
  )
}

const noteLooks: Readonly<Record<LineNote['kind'], { tone: string; icon: LucideIcon }>> = {
  blocking: { tone: 'tone-red', icon: CircleX },
  warning: { tone: 'tone-orange', icon: TriangleAlert },
  note: { tone: 'tone-blue', icon: Info },
}

function Note({ note, withLine = false }: { readonly note: LineNote; readonly withLine?: boolean }) {
  const look = noteLooks[note.kind]
  return (
    <div className="sticky left-0 max-w-[min(100%,calc(100vw-48px))] bg-surface px-3 py-2 font-sans">
      <div className={clsx('tint rounded-md border-l-2 border-current px-3 py-2', look.tone)}>
        <p className="flex flex-wrap items-center gap-1.5 text-xs font-medium">
          <look.icon aria-hidden className="size-3.5 shrink-0" />
          {note.kind} · {visible(note.source)}
          {withLine && note.line !== null && ` · line ${note.line}`}
        </p>
        <p className="mt-1 text-sm whitespace-pre-wrap text-ink">{visible(note.text)}</p>
      </div>
    </div>
  )
}
