import { readdirSync } from 'node:fs'
import { join, sep } from 'node:path'
import { packageRoot } from '@/lib/root'
import type { Filled } from './fill'

/** Something that is asked of the app. */
export interface Place {
  readonly kind: 'page' | 'api'
  /** What it is called in tables: the same at every size. */
  readonly name: string
  readonly path: string
}

type Variants = (filled: Filled) => Readonly<Record<string, string>>

/** Queries that lists and pages are asked with beside none at all. */
const variants: Readonly<Record<string, Variants>> = {
  '/timeline': ({ repositories }) => ({
    '?status=failed': '?status=failed',
    '?status=queued': '?status=queued',
    '?repository=(largest)': `?repository=${repositories.largest}`,
    '?repository=(smallest)': `?repository=${repositories.smallest}`,
    '?trigger=sentry_alert': '?trigger=sentry_alert',
    '?merged=true': '?merged=true',
    '?merged=false': '?merged=false',
    '?q=webhook': '?q=webhook',
    '?q=(no title)': '?q=zzzzzz',
  }),
  '/analytics': ({ repositories }) => ({
    '?range=365d': '?range=365d',
    '?repository=(largest)': `?repository=${repositories.largest}`,
  }),
  '/audit': () => ({
    '?action=gate.approved': '?action=gate.approved',
    '?action=gate.*': '?action=gate.*',
    '?actor=ada': '?actor=ada',
    '?actor=(nobody)': '?actor=nobody',
    '?actor=engine': '?actor=engine',
  }),
  '/api/runs': ({ repositories }) => ({
    '?status=failed': '?status=failed&limit=50',
    '?repository=(smallest)': `?repository=${repositories.smallest}`,
    '?q=webhook': '?q=webhook',
    '?dead=true': '?dead=true',
  }),
  '/api/beads': ({ runs }) => ({
    '?status=failed': '?status=failed',
    '?status=pending': '?status=pending',
    '?status=failed&category=gate': '?status=failed&category=gate',
    '?category=gate': '?category=gate',
    '?step=merge': '?step=merge',
    '?step=(none)': '?step=zzzzzz',
    '?run': `?run=${runs[0]}`,
  }),
  '/gates': () => ({ '?q=the': '?q=the', '?q=(no title)': '?q=zzzzzz' }),
  '/api/gates': () => ({ '?status=all': '?status=all', '?status=rejected': '?status=rejected' }),
  '/learnings': () => ({
    '?status=all': '?status=all',
    '?q=release': '?q=release',
    '?q=(no text)': '?q=zzzzzz',
  }),
}

/** Routes that are no question of a reader: streams that do not end, other machines' calls, the whole log hashed anew. */
const notAsked = /\/(?:events|cron|auth|openapi\.json|replay|verify|mcp)(?:\/|$)|\/(?:health|ready|metrics)$/

/**
 * Every page of app/(console) and every GET route of the app's own description, so that a new one is measured without
 * anybody adding it here. @param left told of what there is no id for
 */
export function placesOf(
  filled: Filled,
  apiPaths: readonly string[],
  charts: readonly string[],
  left: (path: string) => void,
): Place[] {
  const pages = pagesOf().map((path) => ({ kind: 'page' as const, path }))
  const apis = apiPaths.filter((path) => !notAsked.test(path)).map((path) => ({ kind: 'api' as const, path }))
  return [...pages, ...apis].flatMap(({ kind, path }) => {
    if (path.includes('[chart]'))
      return charts.map((chart) => {
        const name = path.replace('[chart]', chart)
        return { kind, name, path: `${name}?format=csv&range=365d` }
      })
    const filledIn = withIds(path, filled)
    if (filledIn === null) {
      left(path)
      return []
    }
    const more = Object.entries(variants[path]?.(filled) ?? {}).map(([name, query]) => ({
      kind,
      name: path + name,
      path: filledIn + query,
    }))
    return [{ kind, name: path, path: filledIn }, ...more]
  })
}

/** Folders of app/(console) that hold a page, as routes. */
export function pagesOf(): string[] {
  const root = join(packageRoot(), 'app', '(console)')
  return readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((file) => file === 'page.tsx' || file.endsWith(`${sep}page.tsx`))
    .map(
      (file) =>
        `/${file
          .split(sep)
          .slice(0, -1)
          .filter((part) => !part.startsWith('('))
          .join('/')}`,
    )
    .sort()
}

function withIds(path: string, { repositories, ...filled }: Filled): string | null {
  const ids: Readonly<Record<string, string | undefined>> = {
    'runs/[id]': filled.runs[0],
    'gates/[id]': filled.gates[0],
    'repositories/[id]': repositories.largest,
    'beads/[bead]': filled.beads[0],
    'agents/[agent]': 'coder',
    'learnings/[id]': filled.learnings[0],
    'webhooks/[id]': filled.deliveries[0],
    'deliveries/[id]': filled.deliveries[0],
  }
  const asked = path.replace(/([\w-]+)\/\[(\w+)\]/g, (whole) => {
    const id = ids[whole]
    return id === undefined ? whole : `${whole.split('/')[0]}/${id}`
  })
  return asked.includes('[') ? null : asked
}
