import { sql } from 'drizzle-orm'
import { beforeAll, expect, test } from 'vitest'
import type { Db } from '@/lib/db/client'
import { firstRow } from '@/lib/db/client'
import { newId } from '@/lib/db/ids'
import { agentBeads, agentFigures } from '@/lib/services/agents/figures'
import { listAudit } from '@/lib/services/audit/list'
import { listBeads } from '@/lib/services/beads/list'
import type { ServiceContext } from '@/lib/services/context'
import { listGates } from '@/lib/services/gates/list'
import { listLearnings } from '@/lib/services/learnings/list'
import { describeDatabases, type TestDatabase } from '../support/database'
import { contextOf, runAtGate, someRun } from '../support/services'

/** So many rows of a table; a list of them reads a page or two, whatever it is asked for. */
const MANY = 6_000
const FEW = 600

describeDatabases((open) => {
  let opened: TestDatabase
  let ctx: ServiceContext
  beforeAll(async () => {
    opened = await open()
    ctx = contextOf(opened)
    const run = await someRun(ctx)
    // Ids by time: the rare ones are the oldest, where looking through the newest would find them last.
    await ctx.db.execute(sql`
      insert into beads (id, run_id, seq, step, name, category, status)
      select (lpad(to_hex(1000000 + n), 12, '0') || '7000' || '8000' || lpad(to_hex(n), 12, '0'))::uuid, ${run}::uuid, 100 + n,
        case when n <= 3 then 'debugger' when n % 2 = 0 then 'coder' else 'gate:main' end, 'x',
        case when n > 3 and n % 2 = 1 then 'gate' else 'agent' end,
        case when n in (2, 4, 7) then 'failed' else 'completed' end
      from generate_series(1, ${MANY}::integer) n`)
    await ctx.db.execute(sql`
      insert into audit_log (id, chain, seq, at, actor, action, data, prev_hash, hash)
      select gen_random_uuid(), 'many', n, now() + n * interval '1 ms',
        jsonb_build_object('kind', 'system', 'name', 'x', 'id', case when n in (5, 9) then 'reconcile' else 'engine' end),
        case when n in (3, 9) then 'lease.lost' else 'bead.' || (n % 7) end, '{}', '', ''
      from generate_series(1, ${MANY}::integer) n`)
    await ctx.db.execute(sql`
      insert into learnings (id, run_id, kind, text, source, status, created_at)
      select gen_random_uuid(), ${run}::uuid, 'mistake', 'x' || n, 'reviewer',
        case when n = 5 then 'rejected' else 'approved' end, now() + n * interval '1 ms'
      from generate_series(1, ${MANY}::integer) n`)
    await opened.database.tidy?.()
  })

  /** What a list gives, and how many rows of its table it read for that. */
  async function reading<T>(
    table: string,
    list: (ctx: ServiceContext) => Promise<T>,
  ): Promise<{ got: T; read: number }> {
    return await ctx.db.transaction(async (tx) => {
      const got = await list({ ...ctx, db: tx as unknown as Db })
      const seen = await tx.execute(sql`select seq_tup_read + idx_tup_fetch as n
        from pg_stat_xact_user_tables where relname = ${table}`)
      return { got, read: Number(firstRow(seen)?.n) }
    })
  }

  test('a bead is found by what it is, however rare that is and however old', async () => {
    const seqs = async (input: Parameters<typeof listBeads>[0]['input']) => {
      const { got, read } = await reading('beads', (ctx) =>
        listBeads({ ctx, input: { limit: 10, ...input } }),
      )
      expect(read, JSON.stringify(input)).toBeLessThan(FEW)
      return got.items.map(({ seq }) => seq - 100)
    }
    expect(await seqs({ status: 'failed' })).toEqual([7, 4, 2])
    expect(await seqs({ status: 'failed', step: 'coder' })).toEqual([4])
    expect(await seqs({ status: 'failed', category: 'gate' })).toEqual([7])
    expect(await seqs({ status: 'pending' })).toEqual([])
    expect(await seqs({ step: 'merge' })).toEqual([])
    expect(await seqs({ category: 'effect' })).toEqual([])
    expect(await seqs({ step: 'debugger' })).toEqual([3, 2, 1])
    expect(await seqs({ category: 'gate', limit: 3 })).toEqual([5999, 5997, 5995])
    expect(await seqs({ step: 'coder', category: 'gate' })).toEqual([])
  })

  test('pages of beads hold each once', async () => {
    const seen: number[] = []
    for (let cursor: string | null | undefined; cursor !== null; ) {
      const input = { status: 'failed' as const, limit: 2, ...(cursor ? { cursor } : {}) }
      const page = await listBeads({ ctx, input })
      seen.push(...page.items.map(({ seq }) => seq - 100))
      cursor = page.next
    }
    expect(seen).toEqual([7, 4, 2])
  })

  test('the last beads of an agent that seldom works are found as those of one that always does', async () => {
    const { got, read } = await reading('beads', async (ctx) => [
      await agentBeads({ ctx, input: { agent: 'debugger' } }),
      await agentBeads({ ctx, input: { agent: 'planner' } }),
    ])
    expect(got.map((beads) => beads.map(({ seq }) => seq - 100))).toEqual([[3, 2, 1], []])
    expect(read).toBeLessThan(FEW)
    const figures = await agentFigures({ ctx })
    expect(figures.find(({ agent }) => agent === 'debugger')).toMatchObject({
      beads: 3,
      completed: 2,
      failed: 1,
    })
    expect(figures.find(({ agent }) => agent === 'coder')).toMatchObject({ beads: 300, failed: 0 })
  })

  test('an audit entry is found by who did it and what, however rare', async () => {
    const seqs = async (input: Parameters<typeof listAudit>[0]['input']) => {
      const { got, read } = await reading('audit_log', (ctx) =>
        listAudit({ ctx, input: { limit: 10, ...input } }),
      )
      expect(read, JSON.stringify(input)).toBeLessThan(FEW)
      return got.items.map(({ seq }) => seq)
    }
    expect(await seqs({ actor: 'reconcile' })).toEqual([9, 5])
    expect(await seqs({ actor: 'nobody' })).toEqual([])
    expect(await seqs({ actor: 'engine', action: 'lease.lost' })).toEqual([3])
    expect(await seqs({ actor: 'reconcile', action: 'bead.*' })).toEqual([5])
    expect(await seqs({ actor: 'engine', limit: 3 })).toEqual([6000, 5999, 5998])
    expect(await seqs({ actor: 'engine', until: '2000-01-01T00:00:00Z' })).toEqual([])
    expect(await seqs({ action: 'bead.*', until: '2000-01-01T00:00:00Z' })).toEqual([])
    expect(await seqs({ action: 'lease.*' })).toEqual([9, 3])
  })

  test('learnings come in their order out of an index', async () => {
    const texts = async (input: Parameters<typeof listLearnings>[0]['input']) => {
      const { got, read } = await reading('learnings', (ctx) =>
        listLearnings({ ctx, input: { limit: 2, ...input } }),
      )
      expect(read, JSON.stringify(input)).toBeLessThan(FEW)
      return got.items.map(({ text }) => text)
    }
    expect(await texts({})).toEqual(['x6000', 'x5999'])
    expect(await texts({ status: 'approved' })).toEqual(['x6000', 'x5999'])
    expect(await texts({ status: 'rejected' })).toEqual(['x5'])
  })

  test('gates are found by words of their run, as runs are', async () => {
    const { run, gate } = await runAtGate(ctx)
    await ctx.db.execute(sql`update agent_runs set title = 'Guard lib/webhook.ts' where id = ${run}`)
    const found = async (q: string) =>
      (await listGates({ ctx, input: { status: 'all', q } })).items.map(({ id }) => id)
    expect(await found('guard WEBHOOK')).toEqual([gate])
    expect(await found('webh')).toEqual([gate])
    expect(await found('guard elsewhere')).toEqual([])
    expect(await found('%')).toEqual([])
  })

  test('ids that are made are ordered by time, which lists of beads go by', () => {
    const [first, second] = [newId(), newId()]
    expect(first < second).toBe(true)
  })
})
