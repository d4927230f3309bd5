import pg from 'pg'
import type { Question } from './services'

/** Tables that grow with the runs: none may be read from end to end. */
const growing = [
  ...[
    'agent_runs',
    'jobs',
    'beads',
    'turns',
    'run_events',
    'audit_log',
    'pull_requests',
    'evaluations',
    'code_reviews',
  ],
  ...[
    'evidence',
    'artifacts',
    'gates',
    'gate_decisions',
    'effects',
    'rollups',
    'run_ends',
    'daily_stats',
    'learnings',
  ],
  ...['learning_uses', 'notifications', 'run_bundles', 'budget_accounts'],
]
/** Fewer rows than this are read from end to end whatever indexes there are, and rightly. */
const FEW = 500

interface Statement {
  readonly text: string
  readonly values: readonly unknown[]
  readonly from: Set<string>
  count: number
}

export interface Plan {
  readonly text: string
  readonly from: readonly string[]
  readonly count: number
  readonly ms: number
  readonly rows: number
  readonly indexes: readonly string[]
  /** Growing tables that were scanned, with the rows that were read for nothing. */
  readonly scans: readonly string[]
}

/** Every statement that the questions send, with the values of its first time. */
async function statementsOf(questions: readonly Question[]): Promise<Statement[]> {
  const seen = new Map<string, Statement>()
  let asking = ''
  const original: (...args: unknown[]) => unknown = pg.Client.prototype.query
  Object.assign(pg.Client.prototype, {
    query: function watched(this: pg.Client, ...args: unknown[]): unknown {
      const [given, second] = args
      const text =
        typeof given === 'object' && given !== null && 'text' in given ? String(given.text) : String(given)
      if (/^\s*(?:select|with)\b/i.test(text)) {
        const values = Array.isArray(second) ? second : []
        const known = seen.get(text) ?? { text, values, from: new Set<string>(), count: 0 }
        known.count += 1
        known.from.add(asking)
        seen.set(text, known)
      }
      return original.apply(this, args)
    },
  })
  try {
    for (const { name, ask } of questions) {
      asking = name
      await ask()
    }
  } finally {
    Object.assign(pg.Client.prototype, { query: original })
  }
  return [...seen.values()]
}

interface Node {
  readonly 'Node Type': string
  readonly 'Relation Name'?: string
  readonly 'Index Name'?: string
  readonly 'Actual Rows': number
  readonly 'Actual Loops': number
  readonly 'Rows Removed by Filter'?: number
  readonly Plans?: readonly Node[]
}

/** How each statement is answered, by `explain analyze` with the values that it was sent with; the most used first. */
export async function plansOf(url: string, questions: readonly Question[]): Promise<Plan[]> {
  const statements = await statementsOf(questions)
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    const plans: Plan[] = []
    for (const { text, values, from, count } of statements) {
      const { rows } = await client.query(`explain (analyze, format json) ${text}`, [...values])
      plans.push({ text, from: [...from], count, ...read(rows[0]?.['QUERY PLAN']?.[0]) })
    }
    return plans.sort((a, b) => b.count - a.count || b.ms - a.ms)
  } finally {
    await client.end()
  }
}

function read(explained: { Plan: Node; 'Execution Time': number }) {
  const indexes = new Set<string>()
  const scans: string[] = []
  const walk = (node: Node): void => {
    const relation = node['Relation Name']
    if (node['Index Name']) indexes.add(node['Index Name'])
    if (node['Node Type'] === 'Seq Scan' && relation && growing.includes(relation)) {
      const read = (node['Actual Rows'] + (node['Rows Removed by Filter'] ?? 0)) * node['Actual Loops']
      if (read >= FEW) scans.push(`${relation} (${read} rows)`)
    }
    for (const part of node.Plans ?? []) walk(part)
  }
  walk(explained.Plan)
  return {
    ms: explained['Execution Time'],
    rows: explained.Plan['Actual Rows'],
    indexes: [...indexes],
    scans,
  }
}
