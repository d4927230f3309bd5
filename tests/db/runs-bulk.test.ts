import { eq } from 'drizzle-orm'
import { beforeAll, describe, expect, test } from 'vitest'
import { auditLog, repositories, runs, savedViews, users } from '@/drizzle/schema'
import { appendAudit } from '@/lib/db/audit'
import { newId } from '@/lib/db/ids'
import { activityFacets } from '@/lib/services/activity/facets'
import { listActivity } from '@/lib/services/activity/list'
import { activityPage } from '@/lib/services/activity/page'
import type { ServiceContext } from '@/lib/services/context'
import { bulkRuns } from '@/lib/services/runs/bulk'
import { exportRuns } from '@/lib/services/runs/export'
import { runFacetsOf } from '@/lib/services/runs/facets'
import { ingestRun } from '@/lib/services/runs/ingest'
import { listViews } from '@/lib/services/saved-views/list'
import { removeView } from '@/lib/services/saved-views/remove'
import { saveView } from '@/lib/services/saved-views/save'
import type { BulkSlice } from '@/lib/services/views'
import { describeDatabases, type TestDatabase } from '../support/database'
import { contextOf, runAtGate, someRun } from '../support/services'

describeDatabases((open) => {
  let database: TestDatabase
  let ctx: ServiceContext

  beforeAll(async () => {
    database = await open()
    ctx = contextOf(database)
  })

  const outcomes = ({ results }: BulkSlice) => results.map(({ outcome }) => outcome)
  const text = async (pieces: AsyncGenerator<string>) => {
    let all = ''
    for await (const piece of pieces) all += piece
    return all
  }

  describe('many runs at once', () => {
    test('are refused to who may not steer, and without a run', async () => {
      const input = { kind: 'cancel' as const, of: { runs: [newId()] } }
      const reader = { ...ctx, grants: ['read' as const] }
      await expect(bulkRuns({ ctx: reader, input })).rejects.toMatchObject({ code: 'forbidden' })
      const none = bulkRuns({ ctx, input: { kind: 'cancel', of: { runs: [] } } })
      await expect(none).rejects.toMatchObject({ code: 'bad_request' })
    })

    test('each has a result of its own, and those whose status does not allow it are skipped', async () => {
      const [queued, ended, waiting] = [await someRun(ctx), await someRun(ctx), await runAtGate(ctx)]
      await bulkRuns({ ctx, input: { kind: 'cancel', of: { runs: [ended] } } })
      const log = {
        repository: '/tmp',
        task: 'x',
        status: 'running',
        startedAt: new Date().toISOString(),
      } as const
      const reported = await ingestRun({ ctx, input: log })
      const named = [queued, ended, newId(), waiting.run, reported.id]
      const slice = await bulkRuns({
        ctx,
        input: { kind: 'cancel', reason: 'Too many.', of: { runs: named } },
      })
      expect(outcomes(slice)).toEqual(['done', 'skipped', 'skipped', 'done', 'skipped'])
      const [row] = await ctx.db.select({ title: runs.title }).from(runs).where(eq(runs.id, queued))
      expect(slice.results[0]).toMatchObject({
        run: queued,
        title: row?.title,
        repository: expect.any(String),
      })
      expect(slice.results[2]).toMatchObject({ title: null, repository: null })
      expect(slice.results[1]?.message).toBe('It is cancelled, which cannot be cancelled.')
      const entries = await ctx.db.select().from(auditLog).where(eq(auditLog.chain, queued))
      expect(entries.at(-1)).toMatchObject({ action: 'run.cancelled', data: { reason: 'Too many.' } })
    })

    test('all that match are gone through in slices, those that came later are left alone', async () => {
      const old = []
      for (let count = 0; count < 23; count += 1) old.push(await someRun(ctx))
      const until = new Date(Date.now() + 1).toISOString()
      await new Promise((resolve) => setTimeout(resolve, 20))
      const later = await someRun(ctx)
      const filters = { flow: 'auto', status: 'queued' }
      const first = await bulkRuns({ ctx, input: { kind: 'cancel', of: { filters, until } } })
      expect(outcomes(first)).toEqual(Array(20).fill('done'))
      const of = { filters, until, cursor: first.next ?? expect.fail('there is more') }
      const second = await bulkRuns({ ctx, input: { kind: 'cancel', of } })
      expect(second.next).toBeNull()
      const done = [...first.results, ...second.results].map(({ run }) => run)
      expect(done).toEqual(expect.arrayContaining(old))
      expect(done).not.toContain(later)
    })

    test('a filter that there is none of is refused: it would stand for all runs', async () => {
      const run = await someRun(ctx)
      const of = { filters: { reposiory: 'acme/web' }, until: new Date(Date.now() + 60_000).toISOString() }
      const misspelt = bulkRuns({ ctx, input: { kind: 'cancel', of } as never })
      await expect(misspelt).rejects.toMatchObject({ code: 'bad_request' })
      await expect(misspelt).rejects.toThrow('reposiory')
      const [row] = await ctx.db.select({ status: runs.status }).from(runs).where(eq(runs.id, run))
      expect(row?.status).toBe('queued')
    })

    test('a status that allows none of it makes nothing to do', async () => {
      const of = { filters: { status: 'succeeded' }, until: new Date().toISOString() }
      expect(await bulkRuns({ ctx, input: { kind: 'retry', of } })).toEqual({
        results: [],
        next: null,
        lookedBackTo: null,
      })
    })
  })

  describe('exports', () => {
    test.each(['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '\r=1', ' =1', '＝1'])('defuses %j', async (title) => {
      const run = await someRun(ctx)
      await ctx.db.update(runs).set({ title }).where(eq(runs.id, run))
      const csv = await text(exportRuns({ ctx, input: { ids: run } }))
      expect(csv).toContain(`'${title}`)
      expect(csv.split('\r\n')[0]).toMatch(/^id,created_at,/)
    })

    test('keep what parts cells inside them, and every run that is filtered and no other', async () => {
      const run = await someRun(ctx)
      const title = 'a "b", c\nd'
      await ctx.db.update(runs).set({ title, flow: 'exported' }).where(eq(runs.id, run))
      expect(await text(exportRuns({ ctx, input: { flow: 'exported' } }))).toContain('"a ""b"", c\nd"')
      const lines = (await text(exportRuns({ ctx, input: { flow: 'exported', format: 'jsonl' } }))).trim()
      expect(JSON.parse(lines)).toMatchObject({ id: run, title })
      expect(await text(exportRuns({ ctx, input: { flow: 'nothing', format: 'jsonl' } }))).toBe('')
    })

    test('take no ids that are none, and nobody who may not read', () => {
      for (const ids of ['x', '-'.repeat(36), `${newId()},`, `${newId()},${'0-'.repeat(18)}`])
        expect(() => exportRuns({ ctx, input: { ids } })).toThrow('ids')
      expect(() => exportRuns({ ctx: { ...ctx, grants: [] } })).toThrow('read')
    })
  })

  describe('saved views', () => {
    const save = (who: ServiceContext, name: string, more = {}) =>
      saveView({ ctx: who, input: { name, query: 'status=failed', columns: ['status', 'title'], ...more } })

    test('refuse filters that say nothing, a name without a letter, and sharing by who only reads', async () => {
      const bad = save(ctx, 'Bad', { query: 'status=banana' })
      await expect(bad).rejects.toThrow('status')
      await expect(save(ctx, '  ')).rejects.toMatchObject({ code: 'bad_request' })
      const reader = { ...ctx, grants: ['read' as const] }
      await expect(save(reader, 'Mine', { shared: true })).rejects.toMatchObject({ code: 'forbidden' })
      expect(await listViews({ ctx })).toEqual([])
    })

    test("a name is one's own: kept again it is replaced, somebody else has another", async () => {
      // As the database is asked by a request: a view is its owner's alone to change.
      const as = (user: string) => ({
        ...contextOf(database, user),
        db: database.database.as({ role: 'supervisor', user }),
      })
      const [mine, other] = [as('owner'), as('mona')]
      const first = await save(mine, 'Failed')
      const again = await save(mine, 'Failed', { query: 'status=failed,rejected&q=x', shared: true })
      expect(again.id).toBe(first.id)
      const theirs = await save(other, 'Failed')
      expect((await listViews({ ctx: mine })).map(({ id }) => id)).toEqual([first.id])
      expect((await listViews({ ctx: other })).map(({ mine }) => mine).sort()).toEqual([false, true])
      const stolen = removeView({ ctx: other, input: { view: first.id } })
      await expect(stolen).rejects.toMatchObject({ code: 'not_found' })
      await removeView({ ctx: mine, input: { view: first.id } })
      expect(await ctx.db.select({ id: savedViews.id }).from(savedViews)).toEqual([{ id: theirs.id }])
    })
  })

  test('what filters offer is what runs have', async () => {
    const facets = await runFacetsOf({ ctx })
    expect(facets.flows).toEqual(['auto', 'exported', 'ingest'])
    expect(facets.authors).toEqual([{ id: 'owner', name: 'owner' }])
    expect(facets.repositories.length).toBeGreaterThan(1)
    const known = await ctx.db.select().from(repositories)
    expect(known).toEqual(
      expect.arrayContaining(facets.repositories.map((one) => expect.objectContaining(one))),
    )
  })

  test('the activity holds what people and runs did, by kind, person and page', async () => {
    const all = await listActivity({ ctx, input: { limit: 200 } })
    expect(all.items.some(({ action }) => action === 'run.cancelled')).toBe(true)
    const people = await listActivity({ ctx, input: { kind: 'people', person: 'mona' } })
    expect(people.items.map(({ action }) => action)).toEqual(['view.saved'])
    expect(people.next).toBeNull()
    const first = await listActivity({ ctx, input: { limit: 3 } })
    const second = await listActivity({ ctx, input: { limit: 3, cursor: first.next ?? '' } })
    expect([...first.items, ...second.items]).toEqual(all.items.slice(0, 6))
    await expect(listActivity({ ctx: { ...ctx, grants: [] } })).rejects.toMatchObject({ code: 'forbidden' })
  })

  test('the feed offers everybody who is a member by the name of today, and who asked for a run', async () => {
    await expect(activityFacets({ ctx: { ...ctx, grants: [] } })).rejects.toMatchObject({ code: 'forbidden' })
    const auth = database.database.as({ role: 'auth' })
    const [away, quiet] = [newId(), newId()]
    await auth.insert(users).values([
      { id: quiet, name: 'Quiet', role: 'supervisor' },
      { id: away, name: 'Away', role: 'viewer', disabledAt: new Date() },
    ])
    await someRun(contextOf(database, 'visitor'))
    const { people } = await activityFacets({ ctx })
    expect(people.map(({ name }) => name)).toEqual(['Away', 'owner', 'Quiet', 'visitor'])
    expect(people[2]).toEqual({ id: quiet, name: 'Quiet' })
  })

  test('the activity of one repository is its own, whatever others are called', async () => {
    const log = { task: 'x', status: 'running', startedAt: new Date().toISOString() } as const
    const add = async (repository: string) => {
      const { id } = await ingestRun({ ctx, input: { ...log, repository } })
      const [row] = await ctx.db
        .select({ id: repositories.id, name: repositories.name })
        .from(runs)
        .innerJoin(repositories, eq(repositories.id, runs.repositoryId))
        .where(eq(runs.id, id))
      return row ?? { id: '', name: '' }
    }
    const [{ id, name }, other] = [await add('/nowhere/one/twin'), await add('/nowhere/two/twin')]
    expect(other.name).toBe(name)
    const data = { repository: name, cron: '0 3 * * *' }
    await ctx.db.transaction((tx) =>
      appendAudit(tx, { runId: null, actor: ctx.actor, action: 'schedule.added', data }),
    )
    const { items } = await listActivity({ ctx, input: { repository: id } })
    expect(items.map(({ action }) => action).sort()).toEqual([
      'log.received',
      'repository.added',
      'schedule.added',
    ])
    // Whatever it was kept by, it is told by its name.
    expect(new Set(items.map((entry) => entry.repository))).toEqual(new Set([name]))
    const page = await activityPage({ ctx, input: { repository: 'acme/nothing', kind: 'people' } })
    expect(page).toMatchObject({
      repository: null,
      ignored: [{ name: 'repository', value: 'acme/nothing', why: 'there is no such repository' }],
    })
    expect(page.items).toEqual((await listActivity({ ctx, input: { kind: 'people' } })).items)
  })

  test('the page of the activity takes a name where an address has one', async () => {
    const [row] = await ctx.db.select().from(repositories).where(eq(repositories.source, '/tmp'))
    const { id = '', name = '' } = row ?? {}
    const byId = await activityPage({ ctx, input: { repository: id } })
    expect(byId).toMatchObject({ repository: { id, name }, ignored: [] })
    expect(byId.items.length).toBeGreaterThan(0)
    expect(await activityPage({ ctx, input: { repository: name } })).toEqual(byId)
    const unknown = newId()
    const none = await activityPage({ ctx, input: { repository: unknown } })
    expect(none.ignored.map(({ value }) => value)).toEqual([unknown])
  })
})
