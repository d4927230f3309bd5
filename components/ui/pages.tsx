import { minuteOf } from '@/components/format'
import { buttonClass } from './button'
import { Link } from './link'

interface PagesProps {
  /** Of which list, for who hears it. */
  readonly label?: string
  /** Where each word leads, in their order; one that leads nowhere is left out. */
  readonly to: Readonly<Record<string, string | false | null>>
  /** What stands above them: why a page holds little. */
  readonly note?: string | null
  /** Whether the page is shown from its top. */
  readonly scroll?: boolean
}

/** The ways to the other pages of a list. */
export function Pages({ label = 'Pages of the list', to, note, scroll = true }: PagesProps) {
  const ways = Object.entries(to).flatMap(([words, href]) => (href ? [{ words, href }] : []))
  if (ways.length === 0) return null
  return (
    <nav aria-label={label} className="mt-4 flex flex-wrap items-center justify-center gap-2 print:hidden">
      {note && <p className="w-full text-center text-sm text-muted">{note}</p>}
      {ways.map(({ words, href }) => (
        <Link key={words} href={href} scroll={scroll} className={buttonClass('plain')}>
          {words}
        </Link>
      ))}
    </nav>
  )
}

/** Up to when a list was looked through for the few rows that are like what is asked for. */
export function lookedBack(to: string): string {
  return `Looked back to ${minuteOf(to)}.`
}
