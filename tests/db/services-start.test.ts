import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { eq } from 'drizzle-orm'
import { beforeAll, describe, expect, test } from 'vitest'
import { auditLog, budgetAccounts, jobs, repositories, runEvents, runs } from '@/drizzle/schema'
import { newId } from '@/lib/db/ids'
import { takeDuty } from '@/lib/db/workers'
import { packageRoot } from '@/lib/root'
import { configReader } from '@/lib/runtime/config-reader'
import type { ServiceContext } from '@/lib/services/context'
import { addRepository } from '@/lib/services/repositories/add'
import { proposeConfig } from '@/lib/services/repositories/config-propose'
import { getRun } from '@/lib/services/runs/get'
import { listRuns } from '@/lib/services/runs/list'
import { startRun } from '@/lib/services/runs/start'
import { runSummarySchema, runViewSchema } from '@/lib/services/views'
import { describeDrivers } from '../support/database'
import { contextOf, user } from '../support/services'

describeDrivers((open) => {
  let ctx: ServiceContext
  let folder: string
  let woken = 0

  beforeAll(async () => {
    const opened = await open()
    ctx = {
      ...contextOf(opened),
      wake: () => {
        woken += 1
      },
    }
    folder = mkdtempSync(join(tmpdir(), 'devpilot-repository-'))
    mkdirSync(join(folder, '.git'))
    writeFileSync(join(folder, '.git', 'HEAD'), 'ref: refs/heads/trunk\n')
  })

  const refused = (input: Parameters<typeof startRun>[0]['input']) =>
    startRun({ ctx, input }).then(
      () => 'accepted',
      (error) => ({ code: error.code, place: error.place }),
    )

  describe('bad input', () => {
    test.each([
      ['a folder that is not there', { repository: '/no/such/folder', task: 'x' }, 'repository_unusable'],
      [
        'credentials in the URL',
        { repository: 'https://me:secret@github.com/a/b', task: 'x' },
        'bad_request',
      ],
      ['a URL without a repository', { repository: 'https://github.com/', task: 'x' }, 'bad_request'],
      ['another protocol', { repository: 'ftp://github.com/a/b', task: 'x' }, 'bad_request'],
      ['an unknown name', { repository: 'nobody-knows-me', task: 'x' }, 'not_found'],
      ['an unknown id', { repository: '01890a5d-ac96-774b-bcce-b302099a8057', task: 'x' }, 'not_found'],
      ['a relative path', { repository: './here', task: 'x' }, 'not_found'],
      ['a host without a forge', { repository: 'https://evil.example/a/b.git', task: 'x' }, 'bad_config'],
      ['its ssh form', { repository: 'git@evil.example:a/b.git', task: 'x' }, 'bad_config'],
      ['a look-alike', { repository: 'https://github.com.evil.example/a/b', task: 'x' }, 'bad_config'],
      ['GitLab', { repository: 'https://gitlab.com/a/b', task: 'x' }, 'bad_config'],
    ])('%s is refused and names the field', async (_what, input, code) => {
      expect(await refused(input)).toEqual({ code, place: 'repository' })
    })

    test('a flow that is not told what to do is refused before anything is stored', async () => {
      expect(await refused({ repository: folder })).toEqual({ code: 'bad_request', place: 'task' })
      expect(await ctx.db.select().from(runs)).toEqual([])
      expect(await ctx.db.select().from(repositories)).toEqual([])
    })

    test.each([
      ['budgetUsd', { budgetUsd: -1 }],
      ['budgetUsd', { budgetUsd: Number.NaN }],
      ['flow', { flow: '../x' }],
      ['issue', { issue: 0 }],
      ['issue', { issue: 1e12 }],
      ['files.0', { files: [''] }],
    ])('%s out of its bounds is named', async (place, part) => {
      expect(await refused({ repository: folder, task: 'x', ...part })).toEqual({
        code: 'bad_request',
        place,
      })
    })

    test.each(['recording', 'record'] as const)('a %s elsewhere on the machine is refused', async (name) => {
      const recordings = join(ctx.home, 'recordings')
      mkdirSync(recordings, { recursive: true })
      symlinkSync(tmpdir(), join(recordings, 'out'))
      const start = (path: string) => refused({ repository: folder, task: 'x', overrides: { [name]: path } })
      const elsewhere = [
        '/etc/passwd',
        join(ctx.home, 'token'),
        `${recordings}/../token`,
        `${recordings}-2/a.jsonl`,
        join(recordings, 'out', 'a.jsonl'),
        recordings,
        'recordings/a.jsonl',
      ]
      const problem = { code: 'bad_request', place: `overrides.${name}` }
      for (const path of elsewhere) expect(await start(path), path).toEqual(problem)
      expect(await start(join(recordings, 'new', 'a.jsonl'))).toBe('accepted')
      expect(await start(join(packageRoot(), 'samples', 'recordings', 'duration.jsonl'))).toBe('accepted')
      const own = { repository: folder, task: 'x', overrides: { [name]: '/tmp/a.jsonl' } }
      expect(await startRun({ ctx: { ...ctx, local: true }, input: own })).toMatchObject({ status: 'queued' })
      rmSync(join(recordings, 'out'))
    })

    test('who holds no `trigger` starts nothing', async () => {
      const viewer = { ...ctx, grants: ['read'] as const }
      const started = startRun({ ctx: viewer, input: { repository: folder, task: 'x' } })
      await expect(started).rejects.toMatchObject({ code: 'forbidden' })
    })
  })

  test('a run is a row, a job that is due, an account, an audit entry and an event; the worker is woken', async () => {
    const before = woken
    const input = {
      repository: folder,
      task: 'Mend the \0 parser\nIt fails.',
      budgetUsd: 1.5,
      config: 'a: 1',
    }
    const run = runSummarySchema.parse(await startRun({ ctx, input }))
    expect(run).toMatchObject({
      status: 'queued',
      step: 'prepare',
      title: 'Mend the \uFFFD parser',
      flow: 'auto',
      budgetMicros: 1_500_000,
      requestedBy: user('owner'),
    })
    const [row] = await ctx.db.select().from(runs).where(eq(runs.id, run.id))
    expect(row?.overrides).toEqual({ config: 'a: 1' })
    const [job] = await ctx.db.select().from(jobs).where(eq(jobs.runId, run.id))
    expect(job?.dueAt).toBeInstanceOf(Date)
    const [account] = await ctx.db
      .select()
      .from(budgetAccounts)
      .where(eq(budgetAccounts.key, `run:${run.id}`))
    expect(account?.limitMicros).toBe(1_500_000)
    const audit = await ctx.db.select().from(auditLog).where(eq(auditLog.chain, run.id))
    expect(audit.map((entry) => entry.action)).toEqual(['run.started'])
    expect(await ctx.db.select().from(runEvents).where(eq(runEvents.runId, run.id))).toHaveLength(1)
    expect(woken).toBe(before + 1)
    expect(runViewSchema.parse(await getRun({ ctx, input: { run: run.id } })).id).toBe(run.id)
  })

  test('a repository is one row however it is written, with the branch of its HEAD', async () => {
    const link = `${folder}-link`
    symlinkSync(folder, link)
    const ids = await Promise.all(
      [folder, link, `file://${folder}`].map((repository) => addRepository({ ctx, input: { repository } })),
    )
    expect(new Set(ids.map(({ id }) => id)).size).toBe(1)
    expect(ids[0]).toMatchObject({ forge: 'local', defaultBranch: 'trunk' })
    const hosted = await Promise.all(
      ['acme/tool', 'https://github.com/acme/tool.git', 'git@github.com:acme/tool.git'].map((repository) =>
        addRepository({ ctx, input: { repository } }),
      ),
    )
    expect(new Set(hosted.map(({ id }) => id)).size).toBe(1)
    expect(hosted[0]).toMatchObject({ forge: 'github', name: 'acme/tool' })
  })

  test('a proposed devpilot.yaml that is asked for again is found, though it is merged by then', async () => {
    const { id: repository } = await addRepository({ ctx, input: { repository: folder } })
    let there: string | null = null
    const base = { branch: 'trunk', sha: 'a'.repeat(40), list: async () => [] }
    const open = async () => ({ ...base, read: async () => there })
    const text = 'project:\n  test_command: make check\n'
    const propose = (id: string) =>
      proposeConfig({ ctx, input: { repository, text, replaces: null }, open, reader: configReader, id })
    const [id, other] = [newId(), newId()]
    const first = await propose(id)
    there = text
    expect(await propose(id)).toMatchObject({ id: first.id, title: first.title })
    await expect(propose(other)).rejects.toMatchObject({ code: 'conflict', place: 'devpilot.yaml' })
  })

  test('the schedules of a new repository are read at once', async () => {
    await takeDuty(ctx.db, 'schedules-read', 300_000, 'w')
    await addRepository({ ctx, input: { repository: folder } })
    expect(await takeDuty(ctx.db, 'schedules-read', 300_000, 'w')).toBe(false)
    await addRepository({ ctx, input: { repository: 'acme/new' } })
    expect(await takeDuty(ctx.db, 'schedules-read', 300_000, 'w')).toBe(true)
  })

  test('pages of a list hold every run once, in order; a nonsense cursor is refused', async () => {
    for (let i = 0; i < 7; i += 1)
      await startRun({ ctx, input: { repository: folder, flow: 'tests', title: `100% run_${i}` } })
    const seen: string[] = []
    let cursor: string | undefined
    do {
      const page = await listRuns({ ctx, input: { limit: 3, ...(cursor ? { cursor } : {}) } })
      seen.push(...page.items.map(({ id }) => id))
      cursor = page.next ?? undefined
    } while (cursor)
    const all = await ctx.db.select({ id: runs.id }).from(runs)
    expect(seen).toHaveLength(all.length)
    expect(new Set(seen).size).toBe(all.length)
    expect([...seen].sort().reverse()).toEqual(seen)
    expect((await listRuns({ ctx, input: { q: '100% run_' } })).items).toHaveLength(7)
    expect((await listRuns({ ctx, input: { q: '99%run' } })).items).toHaveLength(0)
    expect((await listRuns({ ctx, input: { status: ['failed'] } })).items).toHaveLength(0)
    const bad = listRuns({ ctx, input: { cursor: 'WyJ4Il0' } })
    await expect(bad).rejects.toMatchObject({ code: 'bad_request', place: 'cursor' })
  })
})
