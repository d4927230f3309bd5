import type { LineNote } from '@/components/evidence/checks'
import type { GateComment } from '@/lib/services/views'

/** What people said on lines as notes beside them; what was said of an earlier change has its place in the list alone. */
export function commentNotes(comments: readonly GateComment[]): readonly LineNote[] {
  return comments.flatMap(({ place, earlier, actor, body, at }) =>
    place && !earlier
      ? [
          {
            file: place.path,
            line: place.line,
            side: place.side,
            kind: 'comment' as const,
            source: actor.name,
            text: body,
            at,
          },
        ]
      : [],
  )
}
