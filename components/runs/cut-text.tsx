import { Pre } from '@/components/ui/panel'
import { visible, visibleOutput } from '@/lib/core/visible'
import type { CutText } from '@/lib/services/views/turns'

interface CutTextViewProps {
  readonly text: CutText
  /** Where all of it is. */
  readonly href: string
  /** Output of a program: its colours are taken out. */
  readonly output?: boolean
  readonly className?: string
}

/** A text in its own box; of a long one its beginning, and the way to all of it. */
export function CutTextView({ text, href, output = false, className }: CutTextViewProps) {
  const shown = output ? visibleOutput(text.text) : visible(text.text)
  return (
    <>
      <Pre text={shown} {...(className ? { className } : {})} />
      {text.length > text.text.length && (
        <p className="mt-1 text-xs text-muted">
          The first {text.text.length.toLocaleString('en')} of {text.length.toLocaleString('en')} characters.{' '}
          <a href={href} className="text-accent hover:underline" target="_blank" rel="noreferrer">
            Open all of it as JSON
          </a>
        </p>
      )}
    </>
  )
}
