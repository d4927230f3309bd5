import { randomUUID } from 'node:crypto'
import { eq, sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { identities, repositories, runs, users, webhookDeliveries } from '@/drizzle/schema'
import type { Db } from '@/lib/db/client'
import { newId } from '@/lib/db/ids'
import { AppError } from '@/lib/errors'
import type { ServiceContext } from '@/lib/services/context'
import { startRun } from '@/lib/services/runs/start'
import { redeliverWebhook } from '@/lib/services/webhooks/redeliver'
import { describeDatabases, type TestDatabase } from '../support/database'
import { example } from '../support/github-webhooks'
import { temporaryFolder } from '../support/repos'

import { everything, labelled, place } from '../support/webhook-place'

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

  describe('what cannot be worked on', () => {
    test('a configuration that is not valid fails with its place, once', async () => {
      const { name, runs: made } = await at.repository('pipeline: { trigers: [] }\n')
      const id = await at.issue(name, 'opened')
      expect(await at.work()).toBe(1)
      expect(await at.row(id)).toMatchObject({
        status: 'failed',
        note: expect.stringContaining('triggers'),
        attempts: 1,
        dueAt: null,
      })
      expect(await made()).toEqual([])
    })

    test('what may pass is tried again, later each time, and then fails with the reason', async () => {
      const { name } = await at.repository(everything)
      const id = await at.issue(name, 'opened')
      const away = new AppError('git_error', 'The forge is away.', { transient: true, mend: 'Wait.' })
      const readConfig = () => Promise.reject(away)
      let waited = 0
      for (let tries = 1; tries < 8; tries += 1) {
        expect(await at.work({ readConfig })).toBe(0)
        const row = await at.row(id)
        expect([row.status, row.attempts, row.note]).toEqual(['waiting', tries, 'The forge is away. Wait.'])
        const inMs = (row.dueAt?.getTime() ?? 0) - Date.now()
        expect(inMs).toBeGreaterThan(0)
        waited += inMs
        expect(await at.work({ readConfig })).toBe(0)
        await at.passTime(id)
      }
      // With the least that chance gives, as here, the tries are an hour.
      expect(waited).toBeGreaterThan(3_600_000)
      expect(await at.work({ readConfig })).toBe(1)
      expect(await at.row(id)).toMatchObject({
        status: 'failed',
        attempts: 8,
        note: 'The forge is away. Wait.',
      })
    })

    test('one that no worker lives through is given up', async () => {
      const { name } = await at.repository(everything)
      const id = await at.issue(name, 'opened')
      await db.update(webhookDeliveries).set({ attempts: 8 }).where(eq(webhookDeliveries.id, id))
      await at.work()
      expect(await at.row(id)).toMatchObject({ status: 'failed', note: 'No worker lived through 8 tries.' })
    })

    test('a repository without devpilot.yaml, one without that trigger, one that was removed', async () => {
      const bare = await at.repository(null)
      const other = await at.repository(
        'pipeline: { triggers: [{ on: schedule, cron: "0 * * * *", flow: [tester] }] }\n',
      )
      const gone = await at.repository(everything)
      const ids = [
        await at.issue(bare.name, 'opened'),
        await at.issue(other.name, 'opened'),
        await at.issue(gone.name, 'opened'),
      ]
      await db.update(repositories).set({ removedAt: sql`now()` }).where(eq(repositories.id, gone.id))
      await at.work()
      const notes = (await Promise.all(ids.map(at.row))).map(({ status, note }) => `${status}: ${note}`)
      expect(notes).toEqual([
        'ignored: The base branch has no devpilot.yaml, which would ask for it.',
        'ignored: devpilot.yaml has no trigger `on: github_issue`.',
        expect.stringMatching(/^ignored: acme-\d+\/calendar is no repository of this installation/),
      ])
      expect([...(await bare.runs()), ...(await other.runs()), ...(await gone.runs())]).toEqual([])
    })

    test('a template that labels the issue of a stranger starts nothing', async () => {
      const { name, runs: made } = await at.repository(labelled)
      const stranger = { 'issue.author_association': 'NONE' }
      const ids = [await at.issue(name, 'opened', stranger), await at.issue(name, 'labeled', stranger)]
      expect(await at.work()).toBe(0)
      for (const row of await Promise.all(ids.map(at.row)))
        expect([row.status, row.note]).toEqual(['ignored', expect.stringContaining('start it by hand')])
      expect(await made()).toEqual([])
    })

    test('a person who is deactivated here', async () => {
      const { name, runs: made } = await at.repository(everything)
      const auth = opened.database.as({ role: 'auth' })
      const id = newId()
      await auth.insert(users).values({ id, name: 'Gone', role: 'supervisor', disabledAt: sql`now()` })
      await auth.insert(identities).values({ provider: 'github', subject: '404', userId: id, login: 'gone' })
      const delivery = await at.issue(name, 'opened', { 'sender.id': 404 })
      await at.work()
      expect(await at.row(delivery)).toMatchObject({
        status: 'ignored',
        note: expect.stringContaining('deactivated'),
      })
      expect(await made()).toEqual([])
    })
  })

  test('a person whose role here starts no runs', async () => {
    const { name, runs: made } = await at.repository(everything)
    const auth = opened.database.as({ role: 'auth' })
    const id = newId()
    await auth.insert(users).values({ id, name: 'Vera', role: 'viewer' })
    await auth.insert(identities).values({ provider: 'github', subject: '405', userId: id, login: 'vera' })
    const sender = { 'sender.id': 405, 'sender.login': 'vera' }
    const delivery = await at.issue(name, 'opened', sender)
    await at.work()
    expect(await at.row(delivery)).toMatchObject({
      status: 'ignored',
      note: 'vera is Vera here and may not start runs; supervisors and admins may.',
    })
    expect(await made()).toEqual([])
    await auth.update(users).set({ role: 'supervisor' }).where(eq(users.id, id))
    await at.issue(name, 'reopened', sender)
    await at.work()
    expect(await made()).toHaveLength(1)
  })

  describe('issues', () => {
    test('a label that devpilot.yaml asks for starts a run, as the API does, for who set it', async () => {
      const { name, runs: made } = await at.repository(labelled)
      const id = await at.issue(name, 'labeled', { 'issue.author_association': 'NONE', 'issue.user.id': 99 })
      let woken = 0
      const wake = () => {
        woken += 1
      }
      expect(await at.work({ wake })).toBe(1)
      const [run, ...others] = await made()
      expect(others).toEqual([])
      expect(woken).toBe(1)
      expect(run).toMatchObject({
        trigger: 'github_issue',
        flow: 'auto',
        status: 'queued',
        task: { issue: 1, title: 'Spelling error in the README file', body: '', label: 'bug' },
        requestedBy: { kind: 'user', id: 'github:21031067', name: 'Codertocat', via: 'github' },
      })
      expect(await at.row(id)).toMatchObject({
        status: 'handled',
        note: 'Started a run for Codertocat.',
        runId: run?.id,
        handledAt: expect.any(Date),
        dueAt: null,
        leaseUntil: null,
      })
      expect((await at.audited('webhook.started'))[0]?.data).toMatchObject({ run: run?.id, event: 'issues' })
    })

    test('who linked that account asks for it under the name here, and so cannot approve it', async () => {
      const { name, runs: made } = await at.repository(everything)
      const auth = opened.database.as({ role: 'auth' })
      const id = newId()
      await auth.insert(users).values({ id, name: 'Ada', role: 'supervisor' })
      await auth.insert(identities).values({ provider: 'github', subject: '1815', userId: id, login: 'ada' })
      await at.issue(name, 'opened', { 'sender.id': 1815, 'sender.login': 'ada' })
      await at.work()
      expect((await made())[0]?.requestedBy).toEqual({ kind: 'user', id, name: 'Ada', via: 'github' })
    })

    test('opening and labelling one issue at once is one run; so is an issue that is worked on already', async () => {
      const {
        id,
        name,
        runs: made,
      } = await at.repository(
        'pipeline: { triggers: [{ on: github_issue, label: bug, flow: [coder] }, { on: github_issue, flow: [coder] }] }\n',
      )
      const ids = [await at.issue(name, 'opened'), await at.issue(name, 'labeled')]
      await Promise.all([at.work(), at.work()])
      expect(await made()).toHaveLength(1)
      const rows = await Promise.all(ids.map(at.row))
      expect(rows.map(({ status }) => status).sort()).toEqual(['handled', 'ignored'])
      const run = (await made())[0]?.id
      expect(rows.find(({ status }) => status === 'ignored')?.note).toBe(
        `Issue #1 has a run that is not finished: ${run}.`,
      )
      const byHand = await startRun({ ctx, input: { repository: id, issue: 8 } })
      const later = await at.issue(name, 'opened', { 'issue.number': 8 })
      await at.work()
      expect((await at.row(later)).note).toContain(byHand.id)
      await db.update(runs).set({ status: 'cancelled' }).where(eq(runs.id, byHand.id))
      await at.issue(name, 'reopened', { 'issue.number': 8 })
      await at.work()
      expect(await made()).toHaveLength(3)
    })
  })

  test('opening and labelling that are worked on far apart are one run; delivered again it is another', async () => {
    const { name, runs: made } = await at.repository(
      'pipeline: { triggers: [{ on: github_issue, label: bug, flow: [coder] }, { on: github_issue, flow: [coder] }] }\n',
    )
    const opening = await at.issue(name, 'opened')
    const away = new AppError('git_error', 'The forge is away.', { transient: true })
    await at.work({ readConfig: () => Promise.reject(away) })
    await at.issue(name, 'labeled')
    await at.work()
    const [first] = await made()
    await db
      .update(runs)
      .set({ status: 'succeeded' })
      .where(eq(runs.id, first?.id ?? ''))
    await at.passTime(opening)
    await at.work()
    expect(await made()).toHaveLength(1)
    expect((await at.row(opening)).note).toBe(`Issue #1 has had its run since: ${first?.id}.`)
    await redeliverWebhook({ ctx, input: { id: opening } })
    await at.work()
    expect(await made()).toHaveLength(2)
    expect((await at.row(opening)).status).toBe('handled')
  })

  test('a hundred times the same is one run, however many work on it', async () => {
    const { name, runs: made } = await at.repository(everything)
    const payload = example('issues', 'opened', { 'repository.full_name': name })
    const delivery = randomUUID()
    const work = Array.from({ length: 4 }, () => at.work())
    await Promise.all(Array.from({ length: 100 }, () => at.receive('issues', payload, delivery)))
    await Promise.all([...work, ...Array.from({ length: 4 }, () => at.work())])
    expect(await made()).toHaveLength(1)
  })

  test('what was said before says nothing under another number, which nobody has signed', async () => {
    const { name, runs: made } = await at.repository(everything)
    const payload = example('issues', 'opened', { 'repository.full_name': name })
    const first = await at.receive('issues', payload)
    await at.work()
    await db
      .update(runs)
      .set({ status: 'cancelled' })
      .where(eq(runs.id, (await at.row(first)).runId ?? ''))
    expect(await at.receive('issues', payload)).toBe(first)
    await at.work()
    expect(await made()).toHaveLength(1)
  })

  test('two workers share twenty, and do none twice', async () => {
    const { name, runs: made } = await at.repository(everything)
    for (let number = 1; number <= 20; number += 1) await at.issue(name, 'opened', { 'issue.number': number })
    const counts = await Promise.all([at.work(), at.work()])
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(20)
    expect((await made()).map(({ task }) => task.issue).sort((a = 0, b = 0) => a - b)).toEqual(
      Array.from({ length: 20 }, (_, i) => i + 1),
    )
  })

  test('what comes while a forge keeps somebody waiting does not wait for it', async () => {
    const [slow, quick] = [await at.repository(everything), await at.repository(everything)]
    const [reads, goOn] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    await at.issue(slow.name, 'opened')
    const working = at.work({
      readConfig: async ({ id }) => {
        if (id === slow.id) {
          reads.resolve()
          await goOn.promise
        }
        return everything
      },
    })
    await reads.promise
    await at.issue(quick.name, 'opened')
    while ((await quick.runs()).length === 0) await new Promise((resolve) => setTimeout(resolve, 20))
    expect(await slow.runs()).toEqual([])
    goOn.resolve()
    expect(await working).toBe(2)
  })

  test('one that a forge keeps waiting holds nobody up after others were quick', async () => {
    const quick = [await at.repository(everything), await at.repository(everything)]
    const [slow, last] = [await at.repository(everything), await at.repository(everything)]
    const [reads, goOn] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    for (const { name } of quick) await at.issue(name, 'opened')
    const done = async () => (await Promise.all(quick.map(({ runs: made }) => made()))).flat().length
    let asked = 0
    const working = at.work({
      readConfig: async ({ id }) => {
        asked += 1
        if (asked === 2) {
          // Once nobody else has anything to do, there is more.
          while ((await done()) === 0) await new Promise((resolve) => setTimeout(resolve, 20))
          await new Promise((resolve) => setTimeout(resolve, 100))
          await at.issue(slow.name, 'opened')
        }
        if (id === slow.id) {
          reads.resolve()
          await goOn.promise
        }
        return everything
      },
    })
    await reads.promise
    await at.issue(last.name, 'opened')
    while ((await last.runs()).length === 0) await new Promise((resolve) => setTimeout(resolve, 20))
    expect(await slow.runs()).toEqual([])
    goOn.resolve()
    expect(await working).toBe(4)
  })

  test('a worker that stops waits for no forge, and gives back what it had', async () => {
    const { name, runs: made } = await at.repository(everything)
    const id = await at.issue(name, 'opened')
    const [reads, stopping] = [Promise.withResolvers<void>(), new AbortController()]
    const working = at.work({
      signal: stopping.signal,
      readConfig: () => {
        reads.resolve()
        return new Promise(() => {})
      },
    })
    await reads.promise
    stopping.abort()
    expect(await working).toBe(0)
    expect(await at.row(id)).toMatchObject({ status: 'waiting', attempts: 0, leaseUntil: null })
    expect(await at.work()).toBe(1)
    expect(await made()).toHaveLength(1)
  })

  test('a worker that was away for longer than its lease starts nothing more', async () => {
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
    expect(await at.work()).toBe(0)
    await at.passTime(id)
    expect(await at.work()).toBe(1)
    goOn.resolve()
    expect(await slow).toBe(0)
    expect(await made()).toHaveLength(1)
    expect(await at.row(id)).toMatchObject({ status: 'handled', attempts: 2 })
  })

  test('one that another has claimed meanwhile is not settled by who had it before', async () => {
    const { name, runs: made } = await at.repository(everything)
    const id = await at.issue(name, 'opened')
    const begin = () => {
      const [reads, goOn] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
      const readConfig = async () => {
        reads.resolve()
        await goOn.promise
        return everything
      }
      return { done: at.work({ readConfig }), reads: reads.promise, goOn: goOn.resolve }
    }
    const first = begin()
    await first.reads
    await at.passTime(id)
    const second = begin()
    await second.reads
    first.goOn()
    expect(await first.done).toBe(0)
    expect(await made()).toEqual([])
    second.goOn()
    expect(await second.done).toBe(1)
    expect(await made()).toHaveLength(1)
  })
})
