import { type SQL, sql } from 'drizzle-orm'
import pg from 'pg'
import { beforeAll, describe, expect, test } from 'vitest'
import { allRows, type Db, firstRow } from '@/lib/db/client'
import { newId } from '@/lib/db/ids'
import { agentBeads, agentFigures } from '@/lib/services/agents/figures'
import { listAudit } from '@/lib/services/audit/list'
import { listBeads } from '@/lib/services/beads/list'
import type { ServiceContext } from '@/lib/services/context'
import { listGates } from '@/lib/services/gates/list'
import { listLearnings } from '@/lib/services/learnings/list'
import { READ_AT_MOST } from '@/lib/services/runs/estimates'
import { asLogin, describeDatabases, type TestDatabase } from '../support/database'
import { contextOf, runAtGate, someRun } from '../support/services'

/** So many rows of a table; a list of them reads a page or two, whatever it is asked for. */
const MANY = 6_000
const FEW = 600
/** Rows of the rare kinds lie in the midst, where a look through all from either end finds them late. */
const AT = 3_000

/** What the planner knows: nothing, what there is (a restored dump), or what there is and that it is clean. */
const states = ['no statistics', 'analyze', 'vacuum analyze'] as const

describeDatabases((open) => {
  describe.each(states)('%s', (state) => {
    let opened: TestDatabase
    let ctx: ServiceContext
    beforeAll(async () => {
      opened = await open()
      ctx = contextOf(opened)
      const run = await someRun(ctx)
      await fill(ctx, run)
      if (state === 'vacuum analyze') await vacuum(opened)
      else if (state === 'analyze') await asLogin(ctx.db, sql`analyze`)
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

    test('a bead is found by what it is, however rare that is', async () => {
      const seqs = async (input: Parameters<typeof listBeads>[0]['input']) => {
        const list = (ctx: ServiceContext) => listBeads({ ctx, input: { limit: 10, ...input } })
        const { got, read } = await reading('beads', list)
        expect(read, JSON.stringify(input)).toBeLessThan(FEW)
        return got.items.map(({ seq }) => seq - AT)
      }
      expect(await seqs({ status: 'failed' })).toEqual([7, 4, 2])
      expect(await seqs({ status: 'failed', step: 'coder' })).toEqual([4])
      expect(await seqs({ status: 'failed', category: 'gate' })).toEqual([7])
      expect(await seqs({ status: 'pending' })).toEqual([])
      expect(await seqs({ step: 'merge' })).toEqual([])
      expect(await seqs({ category: 'effect' })).toEqual([])
      expect(await seqs({ step: 'debugger' })).toEqual([3, 2, 1])
      expect(await seqs({ category: 'gate', limit: 3 })).toEqual([2999, 2997, 2995])
      expect(await seqs({ step: 'coder', category: 'gate' })).toEqual([])
    })

    test('pages of beads hold each once', async () => {
      const seen: number[] = []
      for (let cursor: string | null | undefined; cursor !== null; ) {
        const input = { status: 'failed' as const, limit: 2, ...(cursor ? { cursor } : {}) }
        const page = await listBeads({ ctx, input })
        seen.push(...page.items.map(({ seq }) => seq - AT))
        cursor = page.next
      }
      expect(seen).toEqual([7, 4, 2])
    })

    test('the last beads of an agent that seldom works are found as those of one that always does', async () => {
      const { got, read } = await reading('beads', async (ctx) => [
        await agentBeads({ ctx, input: { agent: 'debugger' } }),
        await agentBeads({ ctx, input: { agent: 'planner' } }),
      ])
      expect(got.map((beads) => beads.map(({ seq }) => seq - AT))).toEqual([[3, 2, 1], []])
      expect(read).toBeLessThan(FEW)
      // What forks took over was done and paid for elsewhere, and newly kept.
      const ids = Array.from({ length: 350 }, newId)
      await ctx.db.execute(sql`
        insert into beads (id, run_id, seq, step, name, category, status, inherited, started_at)
        select one.id, run_id, 9999 + one.n, step, name, category, 'completed', '{"turns": 3}', now() - interval '60 days'
        from unnest(${sql.param(ids)}::uuid[]) with ordinality as one(id, n),
          (select * from beads where step = 'debugger' limit 1) b`)
      expect((await agentBeads({ ctx, input: { agent: 'debugger' } })).map(({ seq }) => seq - AT)).toEqual([
        3, 2, 1,
      ])
      const figures = await reading('beads', (ctx) => agentFigures({ ctx }))
      // Of three hundred rows an agent the planner has to know a little.
      if (state !== 'no statistics') expect(figures.read).toBeLessThan(MANY / 2)
      const of = (agent: string) => figures.got.find((one) => one.agent === agent)
      expect(of('debugger')).toMatchObject({ beads: 3, completed: 2, failed: 1 })
      expect(of('coder')).toMatchObject({ beads: 300 })
    })

    test('an audit entry is found by who did it and what, however rare', async () => {
      const seqs = async (input: Parameters<typeof listAudit>[0]['input']) => {
        const list = (ctx: ServiceContext) => listAudit({ ctx, input: { limit: 10, ...input } })
        const { got, read } = await reading('audit_log', list)
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
        const list = (ctx: ServiceContext) => listLearnings({ ctx, input: { limit: 2, ...input } })
        const { got, read } = await reading('learnings', list)
        expect(read, JSON.stringify(input)).toBeLessThan(FEW)
        return got.items.map(({ text }) => text)
      }
      expect(await texts({})).toEqual(['x6000', 'x5999'])
      expect(await texts({ status: 'approved' })).toEqual(['x6000', 'x5999'])
      expect(await texts({ status: 'rejected' })).toEqual(['x5'])
      expect(await texts({ kind: 'success' })).toEqual(['x6'])
      // Ended by a person, and by its time.
      expect(await texts({ status: 'expired' })).toEqual(['x8', 'x7'])
      expect(await texts({ status: 'expired', kind: 'success' })).toEqual([])
    })

    test('a gate is found by the words of its run, as runs are', async () => {
      const { run, gate } = await runAtGate(ctx)
      await ctx.db.execute(sql`update agent_runs set title = 'Guard lib/webhook.ts' where id = ${run}`)
      const found = async (q: string) =>
        (await listGates({ ctx, input: { status: 'all', q } })).items.map(({ id }) => id)
      expect(await found('guard WEBHOOK')).toEqual([gate])
      expect(await found('webh')).toEqual([gate])
      expect(await found('guard elsewhere')).toEqual([])
      expect(await found('%')).toEqual([])
    })
  })

  test('of common words that seldom meet so many gates are gone through, and the rest by a cursor', async () => {
    const opened = await open()
    const ctx = contextOf(opened)
    const { run, gate } = await runAtGate(ctx)
    await manyGates(ctx, run, gate)
    await vacuum(opened)
    const page = async (q: string, cursor?: string) => {
      const input = { status: 'all' as const, q, limit: 10, ...(cursor ? { cursor } : {}) }
      return await listGates({ ctx, input })
    }
    const first = await page('parser webhook')
    expect(first.items).toEqual([])
    expect(first.lookedBackTo).not.toBeNull()
    const second = await page('parser webhook', first.next ?? '')
    expect(second.items.map(({ runTitle }) => runTitle)).toEqual(['parser webhook'])
    expect([second.next, second.lookedBackTo]).toEqual([null, null])
    const common = await page('parser')
    expect([common.items.length, common.lookedBackTo]).toEqual([10, null])
    expect((await page('zzzz')).lookedBackTo).toBeNull()
  })

  test('ids that are made are ordered by time, which lists of beads go by', () => {
    const [first, second] = [newId(), newId()]
    expect(first < second).toBe(true)
  })
})

/** What autovacuum does by itself on a server. */
async function vacuum({ database, url }: TestDatabase): Promise<void> {
  if (url === null) return await database.tidy?.()
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  await client.query('vacuum (analyze)')
  await client.end()
}

async function fill({ db }: ServiceContext, run: string): Promise<void> {
  await db.execute(sql`
    insert into beads (id, run_id, seq, step, name, category, status)
    select (lpad(to_hex(1000000 + n), 12, '0') || '7000' || '8000' || lpad(to_hex(n), 12, '0'))::uuid, ${run}::uuid, n,
      case when m between 1 and 3 then 'debugger' when n % 2 = 0 then 'coder' else 'gate:main' end, 'x',
      case when m not between 1 and 3 and n % 2 = 1 then 'gate' else 'agent' end,
      case when m in (2, 4, 7) then 'failed' else 'completed' end
    from generate_series(1, ${MANY}::integer) n cross join lateral (select n - ${AT}::integer as m) as of`)
  await db.execute(sql`
    insert into audit_log (id, chain, seq, at, actor, action, data, prev_hash, hash)
    select gen_random_uuid(), 'many', n, now() + n * interval '1 ms',
      jsonb_build_object('kind', 'system', 'name', 'x', 'id', case when n in (5, 9) then 'reconcile' else 'engine' end),
      case when n in (3, 9) then 'lease.lost' else 'bead.' || (n % 7) end, '{}', '', ''
    from generate_series(1, ${MANY}::integer) n`)
  await db.execute(sql`
    insert into learnings (id, run_id, kind, text, source, status, created_at, expires_at)
    select gen_random_uuid(), ${run}::uuid, case when n = 6 then 'success' else 'mistake' end, 'x' || n, 'reviewer',
      case when n = 5 then 'rejected' when n = 7 then 'expired' else 'approved' end, now() + n * interval '1 ms',
      case when n = 8 then now() - interval '1 day' end
    from generate_series(1, ${MANY}::integer) n`)
}

/** More than a list reads for one word. */
const COMMON = READ_AT_MOST + 500

/** Closed gates of runs that have one of two words by turns, and one run, the oldest, that has both. */
async function manyGates({ db }: ServiceContext, run: string, gate: string): Promise<void> {
  await copies(db, 'agent_runs', sql`r.id = ${run}`, 2 * COMMON, {
    title: sql`case when n % 2 = 0 then 'parser' else 'webhook' end`,
  })
  await db.execute(sql`update agent_runs set title = 'parser webhook' where id = ${run}`)
  await copies(db, 'gates', sql`r.id = ${gate}`, COMMON, {
    run_id: sql`(array(select id from agent_runs where id <> ${run} order by id))[n]`,
    status: sql`'rejected'`,
    opened_at: sql`r.opened_at + interval '1 second'`,
    closed_at: sql`now()`,
  })
}

/** So many copies of a row with ids of their own, and other values in some columns. */
async function copies(
  db: Db,
  table: 'agent_runs' | 'gates',
  where: SQL,
  count: number,
  others: Readonly<Record<string, SQL>>,
): Promise<void> {
  const known = await db.execute(sql`select attname from pg_attribute
    where attrelid = to_regclass(${table}) and attnum > 0 and not attisdropped and attgenerated = ''`)
  const names = allRows(known).map(({ attname }) => String(attname))
  const value = (name: string) =>
    name === 'id' ? sql`gen_random_uuid()` : (others[name] ?? sql`r.${sql.identifier(name)}`)
  const columns = sql.join(
    names.map((name) => sql.identifier(name)),
    sql`, `,
  )
  await db.execute(sql`insert into ${sql.identifier(table)} (${columns}) select ${sql.join(names.map(value), sql`, `)}
    from ${sql.identifier(table)} r, generate_series(1, ${count}::integer) n where ${where}`)
}
