import { sql } from 'drizzle-orm'
import { z } from 'zod'
import { evidence, gates } from '@/drizzle/schema'
import { isWorseEnd } from '@/lib/core/evidence-compare'
import { plural } from '@/lib/core/plural'
import { allRows } from '@/lib/db/client'
import type { ServiceContext } from '../context'
import type { GateItem } from '../views'

const number = z.coerce.number().nullable()
const rowSchema = z.object({
  gate: z.string(),
  kind: z.string(),
  phase: z.enum(['baseline', 'change']),
  passed: number,
  failed: number,
  exit: number,
  parsed: z.boolean().nullable(),
  found: number,
  flags: number,
  percent: number,
})
type GlanceRow = z.infer<typeof rowSchema>
type Glance = GateItem['glance']

/** What the checks say of the commits that these gates ask about, in a few words each; only counts are read. */
export async function glanceAt(
  db: ServiceContext['db'],
  ids: readonly string[],
): Promise<ReadonlyMap<string, Glance>> {
  if (ids.length === 0) return new Map()
  const list = sql.join(
    ids.map((id) => sql`${id}::uuid`),
    sql`, `,
  )
  const result = await db.execute(sql`
    select distinct on (g.id, e.kind, e.phase) g.id as gate, e.kind, e.phase,
      e.data->>'passed' as passed, e.data->>'failed' as failed, e.data->>'exitCode' as exit,
      e.data->>'linesPercent' as percent, (e.data->>'parsed')::boolean as parsed,
      case when jsonb_typeof(e.data->'findings') = 'array' then jsonb_array_length(e.data->'findings') end as found,
      case when jsonb_typeof(e.data->'testFlags') = 'array' then jsonb_array_length(e.data->'testFlags') end as flags
    from ${gates} g join ${evidence} e
      on e.run_id = g.run_id and (e.phase = 'baseline' or e.commit = g.head_sha)
    where g.id in (${list}) and e.kind in ('tests', 'lint', 'types', 'secrets', 'diff', 'coverage')
    order by g.id, e.kind, e.phase, e.created_at desc`)
  const rows = z.array(rowSchema).parse(allRows(result))
  return new Map(ids.map((id) => [id, glanceOf(rows.filter((row) => row.gate === id))]))
}

const order = { bad: 0, warn: 1, none: 2, good: 3 } as const

/** The worst first, and of what is well only what everybody asks for: the tests. */
export function glanceOf(rows: readonly Omit<GlanceRow, 'gate'>[]): Glance {
  const at = (kind: string, phase: GlanceRow['phase']) =>
    rows.find((row) => row.kind === kind && row.phase === phase)
  const glance = [
    tests(at('tests', 'baseline'), at('tests', 'change')),
    count(at('secrets', 'change')?.found, 'secret', 'bad'),
    count(at('diff', 'change')?.flags, 'weakened test', 'bad'),
    more(at('types', 'baseline'), at('types', 'change'), 'type error', 'bad'),
    more(at('lint', 'baseline'), at('lint', 'change'), 'lint finding', 'warn'),
    coverage(at('coverage', 'baseline')?.percent, at('coverage', 'change')?.percent),
  ].flat()
  return glance.sort((a, b) => order[a.verdict] - order[b.verdict])
}

type Row = Omit<GlanceRow, 'gate'> | undefined
type Some = number | null | undefined

function tests(before: Row, after: Row): Glance {
  if (!after || after.passed === null) return [{ verdict: 'none', words: 'no tests ran' }]
  const failed = after.failed ?? 0
  if (failed > 0)
    return [{ verdict: failed > (before?.failed ?? 0) ? 'bad' : 'warn', words: `${failed} failing` }]
  if (after.exit !== 0) return [{ verdict: 'warn', words: 'tests did not end well' }]
  if (after.parsed === false) return [{ verdict: 'good', words: 'tests pass, not told apart' }]
  return [{ verdict: 'good', words: after.passed === 1 ? '1 test passes' : `${after.passed} tests pass` }]
}

function count(found: Some, word: string, verdict: 'bad' | 'warn'): Glance {
  return found ? [{ verdict, words: plural(found, word) }] : []
}

function more(before: Row, after: Row, word: string, verdict: 'bad' | 'warn'): Glance {
  if (!after) return []
  const end = ({ exit, found }: NonNullable<Row>) => ({ badly: exit !== 0, found: found ?? 0 })
  const [was, now] = [before ? end(before) : null, end(after)]
  const added = now.found - (was?.found ?? 0)
  if (added > 0) return [{ verdict, words: plural(added, `new ${word}`) }]
  const words = `${after.kind} did not end well`
  if (isWorseEnd(was, now, added)) return [{ verdict: 'bad', words }]
  // Without a word about why, as before: nothing is known of what it looks for.
  return now.badly && now.found === 0 ? [{ verdict: 'warn', words }] : []
}

function coverage(before: Some, after: Some): Glance {
  if (before == null || after == null || after - before > -0.05) return []
  return [{ verdict: 'warn', words: `coverage −${(before - after).toFixed(1)}` }]
}
