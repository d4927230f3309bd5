import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { desc, eq, sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { auditLog, identities, repositories, runs, users, webhookDeliveries } from '@/drizzle/schema'
import { type RoleName, roleGrants } from '@/lib/core/access'
import { allRows, type Db } from '@/lib/db/client'
import { newId } from '@/lib/db/ids'
import { forgetPayloads } from '@/lib/db/webhooks'
import { AppError } from '@/lib/errors'
import { packageRoot } from '@/lib/root'
import { handleWebhooks } from '@/lib/runtime/webhooks/handle'
import { personFinder } from '@/lib/runtime/webhooks/person'
import type { ServiceContext } from '@/lib/services/context'
import { startRun } from '@/lib/services/runs/start'
import { getWebhook } from '@/lib/services/webhooks/get'
import { knownWebhookEvents, listWebhooks } from '@/lib/services/webhooks/list'
import { receiveWebhook } from '@/lib/services/webhooks/receive'
import { redeliverWebhook } from '@/lib/services/webhooks/redeliver'
import { openTip } from '@/lib/workspace/bench/base-file'
import { describeDatabases, describePostgres, type TestDatabase } from '../support/database'
import { example } from '../support/github-webhooks'
import { makeRepository, temporaryFolder } from '../support/repos'
import { contextOf } from '../support/services'

const labelled = 'pipeline: { triggers: [{ on: github_issue, label: bug, flow: [planner, coder, pr] }] }\n'
const everything =
  'pipeline: { triggers: [{ on: github_issue, flow: [coder] }, { on: ci_failure, flow: [debugger] }] }\n'

type Changes = Record<string, unknown>

/** Deliveries about a repository of GitHub's name whose files lie on this machine, and what handles them. */
function place(opened: TestDatabase, parent: string) {
  const { database, home } = opened
  const { db } = database
  const ctx = contextOf(opened)
  let made = 0
  const repository = async (yaml: string | null) => {
    made += 1
    const files = { 'a.txt': 'a\n', ...(yaml === null ? {} : { 'devpilot.yaml': yaml }) }
    const source = makeRepository(parent, files, `source-${made}`)
    const name = `Acme-${made}/Calendar`
    const id = newId()
    await db.insert(repositories).values({ id, name, forge: 'github', source, defaultBranch: 'main' })
    return { id, name: name.toLowerCase(), runs: () => runsOf(id) }
  }
  const runsOf = (id: string) => db.select().from(runs).where(eq(runs.repositoryId, id))
  let told = 0
  /** Of GitHub's events no two say the same. */
  const news = (payload: Changes): Changes => {
    told += 1
    return { ...payload, told }
  }
  const receive = async (event: string, payload: Changes, delivery: string = randomUUID()) =>
    (await receiveWebhook({ db, input: { event, delivery, payload } })).id ?? ''
  const issue = (name: string, action: string, changes: Changes = {}) =>
    receive('issues', news(example('issues', action, { 'repository.full_name': name, ...changes })))
  const workflow = (name: string, changes: Changes = {}) =>
    receive(
      'workflow_run',
      news(
        example('workflow_run', 'completed', {
          'workflow_run.conclusion': 'failure',
          'workflow_run.event': 'push',
          'workflow_run.head_branch': 'main',
          'workflow_run.head_repository.full_name': name,
          'workflow.name': 'CI',
          'repository.full_name': name,
          'repository.default_branch': 'main',
          ...changes,
        }),
      ),
    )
  type Given = Partial<Parameters<typeof handleWebhooks>[0]>
  const work = (given: Given = {}) =>
    handleWebhooks({
      db,
      home,
      findPerson: personFinder(database.as({ role: 'auth' })),
      readConfig: async (row) =>
        (await openTip({ home, repository: row, header: undefined })).read('devpilot.yaml'),
      random: () => 0,
      ...given,
    })
  const row = async (id: string) => {
    const [found] = await db.select().from(webhookDeliveries).where(eq(webhookDeliveries.id, id))
    if (!found) throw new Error('the delivery is gone')
    return found
  }
  const passTime = (id: string) =>
    db
      .update(webhookDeliveries)
      .set({
        dueAt: sql`case when due_at is null then null else now() end`,
        leaseUntil: sql`case when lease_until is null then null else now() end`,
      })
      .where(eq(webhookDeliveries.id, id))
  const audited = async (action: string) =>
    db.select().from(auditLog).where(eq(auditLog.action, action)).orderBy(desc(auditLog.seq))
  return { db, ctx, repository, issue, workflow, news, receive, work, row, passTime, audited }
}

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
      for (let tries = 1; tries < 8; tries += 1) {
        expect(await at.work({ readConfig })).toBe(0)
        const row = await at.row(id)
        expect([row.status, row.attempts, row.note]).toEqual(['waiting', tries, 'The forge is away. Wait.'])
        expect(row.dueAt?.getTime()).toBeGreaterThan(Date.now())
        expect(await at.work({ readConfig })).toBe(0)
        await at.passTime(id)
      }
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
        task: { issue: 1, title: 'Spelling error in the README file', body: '' },
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

describePostgres((open) => {
  const folder = temporaryFolder('webhooks-killed')
  afterAll(folder.dispose)
  const until = async (is: () => Promise<boolean>) => {
    for (let tries = 0; !(await is()); tries += 1) {
      if (tries > 6_000) throw new Error('the worker did not come there')
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
  }

  test('a worker that is killed between the run and its mark has started none; the next starts one', async () => {
    const opened = await open()
    const { db, repository, issue, row, passTime, work } = place(opened, folder.path)
    const { name, runs: made } = await repository(everything)
    const id = await issue(name, 'opened')
    const given = JSON.stringify({ home: `${opened.home}/other`, url: opened.url })
    const child = spawn(
      process.execPath,
      ['--import', './cli/loader.mjs', 'tests/support/webhook-process.ts', given],
      {
        cwd: packageRoot(),
        env: { PATH: process.env.PATH, HOME: opened.home, NODE_ENV: 'test' },
        stdio: ['ignore', 'ignore', 'inherit'],
      },
    )
    const closed = new Promise((resolve) => child.on('close', resolve))
    try {
      await until(async () => (await row(id)).attempts === 1)
      await db.transaction(async (tx) => {
        // It waits for this row at its mark, when the run is inserted.
        await tx.select().from(webhookDeliveries).where(eq(webhookDeliveries.id, id)).for('update')
        await until(
          async () => allRows(await db.execute(sql`select 1 from pg_locks where not granted`)).length > 0,
        )
        child.kill('SIGKILL')
        await closed
      })
    } finally {
      child.kill('SIGKILL')
    }
    expect(await made()).toEqual([])
    expect(await work()).toBe(0)
    await passTime(id)
    expect(await work()).toBe(1)
    expect(await made()).toHaveLength(1)
    expect(await row(id)).toMatchObject({ status: 'handled', attempts: 2 })
  })
})
