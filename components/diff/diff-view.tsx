import type { LineNote } from '@/components/evidence/checks'
import { plural } from '@/components/format'
import { cutDiff } from '@/lib/core/diff-cut'
import { parseUnifiedDiff } from '@/lib/core/diff-lines'
import { placeWords } from '@/lib/core/diff-place'
import { visible } from '@/lib/core/visible'
import { DiffViewer } from './diff-viewer'
import { LoadDiff } from './load-diff'
import type { LineTalk } from './use-line-talk'

interface DiffViewProps {
  readonly diff: string
  readonly notes: readonly LineNote[]
  /** What the marks of viewed files are remembered under: the evidence hash, or the run's head. */
  readonly remember: string
  /** Where the stored diff is: whole as it stands, cut with `?cut=true`. Without it a long one comes with the page. */
  readonly href?: string
  /** What the server takes the time to be, in ms. */
  readonly now: number
  /** Where comments on lines go; without it none can be made. */
  readonly talk?: LineTalk | null
}

/** Over so many characters a diff does not come with the page. */
const WITH_PAGE = 300_000

/** A diff by file, with the notes beside their lines and those that belong to none of them below. */
export function DiffView({ diff, notes, remember, href, now, talk = null }: DiffViewProps) {
  const { text, cutLines, leftOut } = cutDiff(diff)
  const paths = pathsIn(text)
  if (paths.size === 0) return <p className="text-sm text-muted">No file differs.</p>
  const elsewhere = notes.filter((note) => !paths.has(note.file))
  const whole = leftOut > 0 && elsewhere.length > 0 ? pathsIn(diff) : paths
  const here = notes.filter((note) => paths.has(note.file))
  const viewer = { notes: here, remember, href: href ?? null, now, talk }
  return (
    <div className="space-y-3">
      {text.length > WITH_PAGE && href ? (
        <LoadDiff from={`${href}?cut=true`} {...viewer} />
      ) : (
        <DiffViewer text={text} {...viewer} />
      )}
      {cutLines > 0 && (
        <p className="text-sm text-muted">
          {plural(cutLines, 'line')} of this diff {cutLines === 1 ? 'is' : 'are'} too long to show whole.
        </p>
      )}
      {leftOut > 0 && (
        <p role="alert" className="tone-orange tint rounded-md border border-current px-3 py-2 text-sm">
          This diff is too long for a page: its last {leftOut.toLocaleString('en')} characters are not shown.
          {href && ' The file has all of it.'}
        </p>
      )}
      <Elsewhere
        title="In the part that is not shown"
        notes={elsewhere.filter((note) => whole.has(note.file))}
      />
      <Elsewhere
        title="About files that the diff does not touch"
        notes={elsewhere.filter((note) => !whole.has(note.file))}
      />
    </div>
  )
}

function pathsIn(diff: string): ReadonlySet<string> {
  return new Set(
    parseUnifiedDiff(diff).map((file) => (file.status === 'deleted' ? file.oldPath : file.newPath)),
  )
}

function Elsewhere({ title, notes }: { readonly title: string; readonly notes: readonly LineNote[] }) {
  if (notes.length === 0) return null
  return (
    <div className="rounded-lg border bg-surface px-3 py-2 text-sm">
      <p className="font-medium">{title}</p>
      <ul className="mt-1 space-y-1 text-muted">
        {/* Two may be alike in everything. */}
        {[...notes.entries()].map(([at, note]) => (
          <li key={at} className="wrap-anywhere">
            <span className="code">{visible(placeOf(note))}</span> {visible(`${note.source}: ${note.text}`)}
          </li>
        ))}
      </ul>
    </div>
  )
}

function placeOf({ file, line, side = 'new' }: LineNote): string {
  return line === null ? file : placeWords({ path: file, side, line })
}
