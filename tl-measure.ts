import { drizzle } from 'drizzle-orm/node-postgres'
import pg from 'pg'
import * as schema from '@/drizzle/schema'
import { accessLevels } from '@/lib/services/context'
import { listRuns } from '@/lib/services/runs/list'
const cases: any[] = [
  ['none', {}], ['status failed', { status: 'failed' }], ['status waiting+paused (rare)', { status: 'waiting_gate,paused_budget' }], ['status aborted (none)', { status: 'aborted' }],
  ['3 statuses', { status: 'failed,rejected,cancelled' }],
  ['repo big', { repository: 'acme/repo-1' }], ['repo small', { repository: 'acme/repo-60' }], ['repo small+failed', { repository: 'acme/repo-55', status: 'failed' }],
  ['repo small+aborted', { repository: 'acme/repo-60', status: 'aborted' }], ['repo big+paused', { repository: 'acme/repo-1', status: 'paused_budget' }],
  ['flow', { flow: 'nightly' }], ['flow+trigger', { flow: 'nightly', trigger: 'cli' }], ['author', { author: 'user-180' }], ['author+failed', { author: 'user-0', status: 'failed' }],
  ['agent coder', { agent: 'coder' }], ['agent analyze (rare)', { agent: 'analyze' }], ['agent none', { agent: 'nobody' }],
  ['model gpt-4.1', { model: 'gpt-4.1' }], ['model gpt-4o (only old)', { model: 'gpt-4o' }], ['model rare', { model: 'rare-model' }], ['model local 5%', { model: 'local-llama' }],
  ['score 90+', { scoreFrom: 90 }], ['score <41', { scoreTo: 40 }], ['cost >10 (rare)', { costFrom: 10 }], ['cost 3.5-4', { costFrom: 3.5, costTo: 4 }], ['cost >100 none', { costFrom: 100 }],
  ['q parser', { q: 'parser' }], ['q fix (12%)', { q: 'fix' }], ['q zebrafish', { q: 'zebrafish' }], ['q antique (3000 old)', { q: 'antique' }], ['q none', { q: 'qqqq' }], ['q a', { q: 'a' }],
  ['q fix login accents', { q: 'fix login accents' }], ['q issue nr', { q: '#4711' }], ['q branch', { q: '000000012345' }],
  ['q parser+failed+repo', { q: 'parser', status: 'failed', repository: 'acme/repo-20' }], ['score<60 + failed (none)', { status: 'failed', scoreTo: 60 }],
  ['model old+since 30d', { model: 'gpt-4o', since: '2026-10-01' }], ['since-until old', { since: '2025-01-01', until: '2025-01-02' }], ['old+failed+q', { until: '2025-06-01', status: 'failed', q: 'export' }],
  ['everything', { status: 'failed', repository: 'acme/repo-3', flow: 'issue', trigger: 'cli', agent: 'coder', model: 'gpt-4.1', q: 'search', costFrom: 0.5 }],
  ['old model+aborted', { model: 'gpt-4o', flow: 'improve', trigger: 'api', scoreFrom: 99 }],
]
const [, , ...only] = process.argv
for (const name of ['small', 'big']) {
  const pool = new pg.Pool({ connectionString: `postgres://postgres@127.0.0.1:55491/${name}`, max: 4 })
  const db = drizzle(pool, { schema })
  const ctx: any = { db, actor: { kind: 'user', id: 'o', name: 'o' }, grants: accessLevels, home: '/tmp', singleUser: true, wake() {} }
  for (const [what, input] of cases) {
    if (only.length && !only.some((w) => what.includes(w))) continue
    const times: number[] = []
    let page: any
    for (let i = 0; i < 12; i++) { const t = performance.now(); page = await listRuns({ ctx, input }); times.push(performance.now() - t) }
    const sorted = times.slice(1).sort((a, b) => a - b)
    console.log(name.padEnd(6), what.padEnd(34), `first ${times[0]!.toFixed(0)} p50 ${sorted[5]!.toFixed(1)} max ${sorted[10]!.toFixed(1)} ms`, `${page.items.length} rows${page.next ? ' more' : ''}`, page.lookedBackTo ? `looked back to ${page.lookedBackTo.slice(0, 10)}` : '')
  }
  await pool.end()
}
