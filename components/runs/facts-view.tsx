import { Pre } from '@/components/ui/panel'
import { visible } from '@/lib/core/visible'

/** Facts of a step whatever their shape: words and numbers in line, lists as lists, the rest as JSON. */
export function FactsView({ facts }: { readonly facts: Readonly<Record<string, unknown>> }) {
  const entries = Object.entries(facts).filter(([, value]) => value !== null && value !== '')
  if (entries.length === 0) return null
  return (
    <dl className="divide-y rounded-lg border bg-surface text-sm">
      {entries.map(([name, value]) => (
        <div key={name} className="grid gap-x-3 gap-y-0.5 px-3 py-2 sm:grid-cols-[9rem_1fr]">
          <dt className="text-muted">{words(name)}</dt>
          <dd className="min-w-0">
            <Value value={value} />
          </dd>
        </div>
      ))}
    </dl>
  )
}

function words(name: string): string {
  const spaced = name
    .replaceAll('_', ' ')
    .replace(/([a-z])([A-Z])/g, (_, a: string, b: string) => `${a} ${b.toLowerCase()}`)
  return visible(spaced.charAt(0).toUpperCase() + spaced.slice(1))
}

function Value({ value }: { readonly value: unknown }) {
  if (typeof value === 'string') return <span className="whitespace-pre-wrap">{visible(value)}</span>
  if (typeof value === 'boolean') return value ? 'yes' : 'no'
  if (typeof value === 'number') return <span className="num">{value}</span>
  if (Array.isArray(value) && value.every((item) => typeof item === 'string')) {
    if (value.length === 0) return <span className="text-faint">none</span>
    return (
      <ul className="space-y-0.5">
        {[...new Set(value)].map((item) => (
          <li key={item}>{visible(item)}</li>
        ))}
      </ul>
    )
  }
  return <Pre text={visible(JSON.stringify(value, null, 2))} />
}
