import { eq, sql } from 'drizzle-orm'
import { beforeAll, expect, test } from 'vitest'
import { auditLog, learnings, learningUses, runs } from '@/drizzle/schema'
import { newId } from '@/lib/db/ids'
import { createLearnings } from '@/lib/db/learnings'
import type { ServiceContext } from '@/lib/services/context'
import { changeLearning } from '@/lib/services/learnings/change'
import { getLearning } from '@/lib/services/learnings/get'
import { listLearnings } from '@/lib/services/learnings/list'
import { describeDatabases } from '../support/database'
import { contextOf, someRun } from '../support/services'

describeDatabases((open, driver) => {
  let ctx: ServiceContext
  let run: string
  let repositoryId: string
  beforeAll(async () => {
    ctx = contextOf(await open())
    run = await someRun(ctx)
    const [row] = await ctx.db.select().from(runs).where(eq(runs.id, run))
    repositoryId = row?.repositoryId ?? expect.fail('no repository')
  })
  const record = (runId = run) =>
    createLearnings({ db: ctx.db, fenced: (work) => ctx.db.transaction(work), runId, repositoryId })
  const propose = async (text: string) => {
    await record().learning('mistake', text, 'debugger, root cause')
    const [row] = await ctx.db.select({ id: learnings.id }).from(learnings).where(eq(learnings.text, text))
    return row?.id ?? expect.fail('not proposed')
  }

  test('what is not there, and what makes no sense, is refused and changes nothing', async () => {
    const id = await propose('Dates are read as UTC.')
    await expect(changeLearning({ ctx, input: { id: newId(), decision: 'approve' } })).rejects.toMatchObject({
      code: 'not_found',
    })
    await expect(changeLearning({ ctx, input: { id } })).rejects.toMatchObject({ code: 'bad_request' })
    await expect(changeLearning({ ctx, input: { id, text: '  ' } })).rejects.toMatchObject({ place: 'text' })
    await expect(changeLearning({ ctx, input: { id, expiresInDays: 0 } })).rejects.toMatchObject({
      place: 'expiresInDays',
    })
    await expect(changeLearning({ ctx, input: { id, decision: 'expire' } })).rejects.toMatchObject({
      code: 'conflict',
    })
    const reader = { ...ctx, grants: ['read'] as const }
    await expect(changeLearning({ ctx: reader, input: { id, decision: 'approve' } })).rejects.toMatchObject({
      code: 'forbidden',
    })
    expect(await getLearning({ ctx, input: { id } })).toMatchObject({ status: 'proposed', decidedBy: null })
  })

  test('only what a person approved is told to agents, and each run is counted once', async () => {
    const id = await propose('Run the formatter before the linter.')
    expect((await record().learnings()).join()).not.toContain('formatter')
    await changeLearning({ ctx, input: { id, decision: 'approve' } })
    for (const _ of [1, 2])
      expect(await record().learnings()).toContain('- Run the formatter before the linter.')
    const seen = await getLearning({ ctx, input: { id } })
    expect(seen).toMatchObject({ used: 1, status: 'approved', decidedBy: { id: 'owner' } })
    expect(seen.uses).toMatchObject([{ run, title: 'Mend it' }])
  })

  test.skipIf(driver === 'pglite')(
    'two runs that are told of the same one at once: neither waits for the other',
    async () => {
      const id = await propose('Two may read this.')
      await changeLearning({ ctx, input: { id, decision: 'approve' } })
      const other = await someRun(ctx)
      await ctx.db.transaction(async (tx) => {
        await tx.insert(learningUses).values({ learningId: id, runId: run })
        const told = record(other).learnings()
        const late = new Promise((done) => setTimeout(done, 5_000, 'it waits'))
        expect(await Promise.race([told, late])).toContain('- Two may read this.')
      })
    },
  )

  test('a changed text is what agents are told; what was proposed is kept and not proposed again', async () => {
    const id = await propose('Use tabs')
    await changeLearning({ ctx, input: { id, decision: 'approve', text: 'Use tabs in Makefiles.' } })
    expect(await record().learnings()).toContain('- Use tabs in Makefiles.')
    await record().learning('mistake', 'Use tabs', 'debugger, root cause')
    const all = await ctx.db.select().from(learnings).where(sql`text like 'Use tabs%'`)
    expect(all).toMatchObject([{ id, original: 'Use tabs' }])
    const [entry] = await ctx.db
      .select()
      .from(auditLog)
      .where(sql`action = 'learning.approved' and data->>'learning' = ${id}`)
    expect(entry?.data).toMatchObject({ was: 'proposed', before: 'Use tabs', text: 'Use tabs in Makefiles.' })
  })

  test('one whose time has passed is expired for people and agents, and can be approved anew', async () => {
    const id = await propose('The staging server is slow in November.')
    await changeLearning({ ctx, input: { id, decision: 'approve', expiresInDays: 30 } })
    await ctx.db.update(learnings).set({ expiresAt: sql`now() - interval '1 s'` }).where(eq(learnings.id, id))
    expect((await record().learnings()).join()).not.toContain('November')
    const expired = await listLearnings({ ctx, input: { status: 'expired' } })
    expect(expired.items.map((item) => item.id)).toContain(id)
    const inUse = await listLearnings({ ctx, input: { status: 'approved' } })
    expect(inUse.items.map((item) => item.id)).not.toContain(id)
    const again = await changeLearning({ ctx, input: { id, decision: 'approve' } })
    expect(again).toMatchObject({ status: 'approved', expiresAt: null })
  })

  test('two who decide at once: one does, the other is told', async () => {
    const id = await propose('Never mock the clock.')
    const both = await Promise.allSettled([
      changeLearning({ ctx, input: { id, decision: 'reject' } }),
      changeLearning({ ctx, input: { id, decision: 'reject' } }),
    ])
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
  })

  test('the search takes words, beginnings of words, and what would be an operator', async () => {
    const id = await propose("Quote identifiers: don't trust 'user' & 'order'!")
    for (const q of ['quote ident', "don't", 'ORDER', 'user & order!', "'user'"]) {
      const found = await listLearnings({ ctx, input: { q } })
      expect(
        found.items.map((item) => item.id),
        q,
      ).toContain(id)
    }
    expect((await listLearnings({ ctx, input: { q: 'quote nothing' } })).items).toEqual([])
    expect((await listLearnings({ ctx, input: { q: '!&|' } })).items.length).toBeGreaterThan(0)
  })

  test('pages hold each learning once', async () => {
    const all = await listLearnings({ ctx, input: { limit: 200 } })
    const seen: string[] = []
    for (let cursor: string | null | undefined; cursor !== null; ) {
      const page = await listLearnings({ ctx, input: { limit: 2, ...(cursor ? { cursor } : {}) } })
      seen.push(...page.items.map(({ id }) => id))
      cursor = page.next
    }
    expect(seen).toEqual(all.items.map(({ id }) => id))
  })
})
