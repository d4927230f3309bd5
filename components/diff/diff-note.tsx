import { clsx } from 'clsx'
import { CircleX, Info, type LucideIcon, MessageSquare, TriangleAlert } from 'lucide-react'
import type { LineNote } from '@/components/evidence/checks'
import { TimeAgo } from '@/components/ui/time-ago'
import { visible } from '@/lib/core/visible'

export const noteLooks: Readonly<
  Record<LineNote['kind'], { tone: string; icon: LucideIcon; word: string; many: string }>
> = {
  blocking: { tone: 'tone-red', icon: CircleX, word: 'Blocking', many: 'blocking' },
  warning: { tone: 'tone-orange', icon: TriangleAlert, word: 'Warning', many: 'warnings' },
  note: { tone: 'tone-blue', icon: Info, word: 'Note', many: 'notes' },
  comment: { tone: 'tone-violet', icon: MessageSquare, word: 'Comment', many: 'comments' },
}

interface DiffNoteProps {
  readonly note: LineNote
  readonly apart: boolean
  /** What the server took the time to be, in ms. */
  readonly now: number
}

/** What a reviewer, a check or a person has to say, under the line that it is about. */
export function DiffNote({ note, apart, now }: DiffNoteProps) {
  const look = noteLooks[note.kind]
  return (
    <div className="bg-surface px-3 py-2 font-sans">
      <div className={clsx('tint max-w-180 rounded-md border-l-2 border-current px-3 py-2', look.tone)}>
        <p className="flex flex-wrap items-center gap-1.5 text-xs font-medium">
          <look.icon aria-hidden className="size-3.5 shrink-0" />
          <span>
            {look.word} · {visible(note.source)}
            {note.at !== undefined && (
              <>
                {' · '}
                <TimeAgo at={note.at} now={now} />
              </>
            )}
            {apart &&
              note.line !== null &&
              ` · line ${note.line}${note.side === 'old' ? ' of the old file' : ''}`}
          </span>
        </p>
        <p className="mt-1 text-sm wrap-anywhere whitespace-pre-wrap text-ink">{visible(note.text)}</p>
      </div>
    </div>
  )
}
