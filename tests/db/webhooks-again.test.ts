import { and, eq, sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { pullRequests, repositories, runs, webhookDeliveries } from '@/drizzle/schema'
import { type RoleName, roleGrants } from '@/lib/core/access'
import type { Db } from '@/lib/db/client'
import { newId } from '@/lib/db/ids'
import { forgetPayloads } from '@/lib/db/webhooks'
import type { ServiceContext } from '@/lib/services/context'
import { getWebhook } from '@/lib/services/webhooks/get'
import { knownWebhookEvents, listWebhooks } from '@/lib/services/webhooks/list'
import { redeliverWebhook } from '@/lib/services/webhooks/redeliver'
import { describeDatabases, type TestDatabase } from '../support/database'
import { example } from '../support/github-webhooks'
import { makeRepository, temporaryFolder } from '../support/repos'
import { everything, place } from '../support/webhook-place'

describeDatabases((open) => {
  const folder = temporaryFolder('webhooks')
  let opened: TestDatabase
  let db: Db
  let ctx: ServiceContext
  let at: ReturnType<typeof place>
  beforeAll(async () => {
    opened = await open()
    at = place(opened, folder.path)
    ;({ db, ctx } = at)
  })
  afterAll(folder.dispose)

  describe('workflows', () => {
    test('a failure on the default branch starts a run that says where, one for each workflow', async () => {
      const { name, runs: made } = await at.repository(everything)
      const first = await at.workflow(name)
      await at.work()
      const second = await at.workflow(name)
      await at.workflow(name, { 'workflow.name': 'Nightly' })
      await at.work()
      const all = await made()
      expect(all.map(({ title }) => title).sort()).toEqual([
        'Workflow "CI" failed on main',
        'Workflow "Nightly" failed on main',
      ])
      expect(all.map(({ trigger }) => trigger)).toEqual(['ci_failure', 'ci_failure'])
      const started = all.find(({ title }) => title.includes('"CI"'))
      expect((await at.row(first)).runId).toBe(started?.id)
      expect(started?.task.body).toMatch(
        /^Workflow: CI\nBranch: main\nCommit: [0-9a-f]{40}\nIts run: https:\/\//,
      )
      expect((await at.row(second)).note).toBe(
        `Workflow "CI" failed on main has a run that is not finished: ${started?.id}.`,
      )
    })

    test('a branch that stays red is left to people after three runs in vain, until one is merged or a day is over', async () => {
      const { id: repository, name, runs: made } = await at.repository(everything)
      const fails = async () => {
        const id = await at.workflow(name)
        await at.work()
        const [run] = (await made()).sort((a, b) => b.createdAt.getTime() - a.createdAt.getTime())
        await db
          .update(runs)
          .set({ status: 'failed', createdAt: sql`now() - interval '1 second'`, endedAt: sql`now()` })
          .where(and(eq(runs.id, run?.id ?? ''), eq(runs.status, 'queued')))
        return { row: await at.row(id), run: run?.id ?? '' }
      }
      const tries = [await fails(), await fails(), await fails()]
      expect(tries.map(({ row }) => row.status)).toEqual(['handled', 'handled', 'handled'])
      const { row } = await fails()
      expect(row).toMatchObject({ status: 'ignored', runId: null })
      expect(row.note).toMatch(
        /has had 3 runs in a day and none of them was merged, the last is [0-9a-f-]{36}: see what they came to, then start one yourself \(devpilot run --flow ci_failure --log <file>\)\.$/,
      )
      // Another workflow is another matter.
      const nightly = await at.workflow(name, { 'workflow.name': 'Nightly' })
      await at.work()
      expect((await at.row(nightly)).status).toBe('handled')

      const first = eq(runs.id, tries[0]?.run ?? '')
      await db.update(runs).set({ createdAt: sql`now() - interval '25 hours'` }).where(first)
      const fourth = await fails()
      expect(fourth.row.status).toBe('handled')
      expect((await fails()).row.status).toBe('ignored')
      const texts = {
        key: newId(),
        url: 'https://github.com/a/b/pull/1',
        title: 'Mend',
        body: '',
        branch: 'devpilot/x',
      }
      await db.insert(pullRequests).values({
        ...texts,
        id: newId(),
        repositoryId: repository,
        runId: fourth.run,
        number: 1,
        target: 'main',
        headSha: '0'.repeat(40),
        state: 'merged',
        mergedAt: sql`now()`,
      })
      expect((await fails()).row.status).toBe('handled')
    })

    test('who merged may be a program: then nobody asked for it', async () => {
      const { name, runs: made } = await at.repository(everything)
      await at.workflow(name, { 'sender.type': 'Bot', 'sender.login': 'merge[bot]', 'sender.id': 77 })
      await at.work()
      expect((await made())[0]?.requestedBy).toMatchObject({ kind: 'system', id: 'github:77' })
    })
  })

  describe('again', () => {
    test('what was ignored is worked on anew, and says who asked for that', async () => {
      const name = 'later/known'
      const id = await at.issue(name, 'opened')
      expect(await at.row(id)).toMatchObject({ status: 'ignored', repositoryId: null })
      const source = makeRepository(folder.path, { 'devpilot.yaml': everything }, 'later')
      const repository = newId()
      await db
        .insert(repositories)
        .values({ id: repository, name, forge: 'github', source, defaultBranch: 'main' })
      expect(await redeliverWebhook({ ctx, input: { id } })).toMatchObject({ status: 'waiting', note: null })
      expect((await at.audited('webhook.redelivered'))[0]).toMatchObject({
        actor: { id: 'owner' },
        data: { webhook: id, was: 'ignored' },
      })
      await at.work()
      expect(await at.row(id)).toMatchObject({ status: 'handled', repositoryId: repository })
    })

    test('GitHub’s own Redeliver works on what failed or knew no repository, and on nothing else', async () => {
      const { name, runs: made } = await at.repository('pipeline: { trigers: [] }\n')
      const payload = at.news(example('issues', 'opened', { 'repository.full_name': name }))
      const failed = await at.receive('issues', payload, 'failed-1')
      await at.work()
      expect((await at.row(failed)).status).toBe('failed')
      expect(await at.receive('issues', payload, 'failed-1')).toBe(failed)
      expect(await at.row(failed)).toMatchObject({ status: 'waiting', note: null, attempts: 0 })
      await at.work({ readConfig: async () => everything })
      expect((await at.row(failed)).status).toBe('handled')
      await at.receive('issues', payload, 'failed-1')
      await at.work({ readConfig: async () => everything })
      expect(await made()).toHaveLength(1)

      const none = at.news(example('issues', 'opened', { 'repository.full_name': name, 'issue.number': 2 }))
      const ignored = await at.receive('issues', none, 'ignored-1')
      await at.work({ readConfig: async () => null })
      await at.receive('issues', none, 'ignored-1')
      expect((await at.row(ignored)).status).toBe('ignored')

      const later = at.news(example('issues', 'opened', { 'repository.full_name': 'late/comer' }))
      const unknown = await at.receive('issues', later, 'unknown-1')
      await at.receive('issues', later, 'unknown-1')
      expect((await at.row(unknown)).status).toBe('ignored')
      const repository = newId()
      await db.insert(repositories).values({
        id: repository,
        name: 'late/comer',
        forge: 'github',
        source: '/late',
        defaultBranch: 'main',
      })
      await at.receive('issues', later, 'unknown-1')
      expect(await at.row(unknown)).toMatchObject({ status: 'waiting', repositoryId: repository })
      expect((await at.audited('webhook.redelivered'))[0]).toMatchObject({
        actor: { id: 'github' },
        data: { webhook: unknown, was: 'ignored' },
      })
      await at.work({ readConfig: async () => null })
    })

    test('what has started its run starts no second', async () => {
      const { name, runs: made } = await at.repository(everything)
      const id = await at.issue(name, 'opened')
      await at.work()
      const run = (await at.row(id)).runId
      await expect(redeliverWebhook({ ctx, input: { id } })).rejects.toMatchObject({
        code: 'conflict',
        message: `This delivery has started its run: ${run}.`,
      })
      await at.work()
      expect(await made()).toHaveLength(1)
    })

    test('asked for while somebody works on it, it is worked on once more, and starts one run', async () => {
      const { name, runs: made } = await at.repository(everything)
      const id = await at.issue(name, 'opened')
      const [reads, goOn] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
      const slow = at.work({
        readConfig: async () => {
          reads.resolve()
          await goOn.promise
          return everything
        },
      })
      await reads.promise
      await redeliverWebhook({ ctx, input: { id } })
      goOn.resolve()
      await slow
      await at.work()
      expect(await made()).toHaveLength(1)
      expect((await at.row(id)).status).toBe('handled')
    })

    test('nothing that is not there, and nothing whose payload is gone', async () => {
      await expect(redeliverWebhook({ ctx, input: { id: newId() } })).rejects.toMatchObject({
        code: 'not_found',
      })
      const id = await at.receive('star', at.news(example('star', null)))
      await db
        .update(webhookDeliveries)
        .set({ receivedAt: sql`now() - interval '31 days'` })
        .where(eq(webhookDeliveries.id, id))
      expect(await forgetPayloads(db)).toBe(1)
      expect(await forgetPayloads(db)).toBe(0)
      expect((await at.row(id)).payload).toBeNull()
      expect(await getWebhook({ ctx, input: { id } })).toMatchObject({ payload: null, status: 'ignored' })
      await expect(redeliverWebhook({ ctx, input: { id } })).rejects.toMatchObject({ code: 'conflict' })
    })
  })

  describe('who sees them', () => {
    test.each(['viewer', 'supervisor'] as const)(
      'a %s sees none, and has none worked on again',
      async (role) => {
        const id = await at.receive('star', at.news(example('star', null)))
        const as = (name: RoleName): ServiceContext => ({
          ...ctx,
          db: opened.database.as({ role: name, user: name }),
          grants: roleGrants[name],
        })
        for (const tried of [
          listWebhooks({ ctx: as(role) }),
          knownWebhookEvents({ ctx: as(role) }),
          getWebhook({ ctx: as(role), input: { id } }),
          redeliverWebhook({ ctx: as(role), input: { id } }),
        ])
          await expect(tried).rejects.toMatchObject({ code: 'forbidden' })
        // And the database says so, too.
        for (const statement of [
          sql`select * from webhook_deliveries`,
          sql`update webhook_deliveries set status = 'waiting'`,
        ])
          await expect(as(role).db.execute(statement)).rejects.toThrow()
      },
    )

    test('an admin sees all of them by page, status and event, and changes no payload', async () => {
      const admin = opened.database.as({ role: 'admin', user: 'admin' })
      const own: ServiceContext = {
        ...ctx,
        db: admin,
        actor: { kind: 'user', id: 'admin', name: 'admin' },
        grants: roleGrants.admin,
      }
      const bad = await at.repository('pipeline: { trigers: [] }\n')
      await at.issue(bad.name, 'opened')
      await at.work()
      const first = await listWebhooks({ ctx: own, input: { limit: 2 } })
      expect(first.items).toHaveLength(2)
      const second = await listWebhooks({ ctx: own, input: { limit: 2, cursor: first.next ?? '' } })
      expect(second.items.map(({ id }) => id)).not.toContain(first.items[0]?.id)
      const times = [...first.items, ...second.items].map(({ receivedAt }) => receivedAt)
      expect(times).toEqual([...times].sort().reverse())
      const failed = await listWebhooks({ ctx: own, input: { status: 'failed', event: 'issues' } })
      expect(failed.items.length).toBeGreaterThan(0)
      expect(failed.items.every(({ status, event }) => status === 'failed' && event === 'issues')).toBe(true)
      expect(await knownWebhookEvents({ ctx: own })).toEqual(['issues', 'star', 'workflow_run'])
      await expect(listWebhooks({ ctx: own, input: { cursor: 'nonsense' } })).rejects.toMatchObject({
        code: 'bad_request',
      })
      const id = failed.items[0]?.id ?? ''
      expect(await getWebhook({ ctx: own, input: { id } })).toHaveProperty('payload.issue.number', 1)
      expect(await redeliverWebhook({ ctx: own, input: { id } })).toMatchObject({ status: 'waiting' })
      await expect(admin.execute(sql`update webhook_deliveries set payload = '{}'`)).rejects.toThrow()
    })
  })
})
