import type { LineNote } from '@/components/evidence/checks'
import { plural } from '@/components/format'
import { parsePatch } from '@/lib/core/diff'
import { visible } from '@/lib/core/visible'
import { DiffFileView } from './diff-file'

interface DiffViewProps {
  readonly diff: string
  readonly notes: readonly LineNote[]
  /** Path of the file that is shown whole however long it is. */
  readonly whole: string | null
  /** The link that shows a file whole. */
  readonly wholeHref: (path: string) => string
}

/** A diff by file with the notes beside their lines. What it shows is text: nothing in it is obeyed. */
export function DiffView({ diff, notes, whole, wholeHref }: DiffViewProps) {
  const files = parsePatch(diff)
  if (files.length === 0) return <p className="text-sm text-muted">No file differs.</p>
  const paths = new Set(files.map((file) => file.path))
  const elsewhere = notes.filter((note) => !paths.has(note.file))
  const added = files.reduce((sum, file) => sum + file.added, 0)
  const removed = files.reduce((sum, file) => sum + file.removed, 0)
  return (
    <div className="space-y-3">
      <p className="text-sm text-muted">
        {plural(files.length, 'file')}, <span className="num text-added-sign">+{added}</span>{' '}
        <span className="num text-removed-sign">−{removed}</span>
        {notes.length > 0 && `, ${plural(notes.length, 'note')} beside the lines`}
      </p>
      {files.map((file) => (
        <DiffFileView
          key={file.path}
          file={file}
          notes={notes.filter((note) => note.file === file.path)}
          whole={whole === file.path}
          wholeHref={wholeHref(file.path)}
        />
      ))}
      {elsewhere.length > 0 && (
        <div className="rounded-lg border bg-surface px-3 py-2 text-sm">
          <p className="font-medium">About files that the diff does not touch</p>
          <ul className="mt-1 space-y-1 text-muted">
            {elsewhere.map((note) => (
              <li key={`${note.file}:${note.line}:${note.text}`}>
                <span className="code">{visible(`${note.file}${note.line ? `:${note.line}` : ''}`)}</span>{' '}
                {visible(note.text)}
              </li>
            ))}
          </ul>
        </div>
      )}
    </div>
  )
}
