import { eq, type SQL } from 'drizzle-orm'
import { beforeAll, describe, expect, test } from 'vitest'
import { beads, pullRequests, repositories, runs, turns } from '@/drizzle/schema'
import { newId } from '@/lib/db/ids'
import type { ServiceContext } from '@/lib/services/context'
import { runByEnd } from '@/lib/services/runs/by-end'
import { listRuns } from '@/lib/services/runs/list'
import type { ListRuns } from '@/lib/services/runs/list-input'
import { urlFilters } from '@/lib/services/runs/url-filters'
import { describeDatabases } from '../support/database'
import { contextOf, user } from '../support/services'

type Row = Partial<typeof runs.$inferInsert> & { readonly title: string }

describeDatabases((open) => {
  let ctx: ServiceContext
  const ids = new Map<string, string>()

  /** Runs of one hour each, the last the newest. */
  const rows: readonly Row[] = [
    { title: 'Mend the parser', status: 'succeeded', score: 91, costMicros: 40_000 },
    { title: 'Mend src/parse.ts quickly', status: 'failed', score: 12, costMicros: 2_900_000 },
    { title: 'Add a login', status: 'failed', trigger: 'cli', flow: 'tests', requestedBy: user('mona') },
    { title: 'Grüße an alle', status: 'running', costMicros: 25_000_000, requestedBy: user('mona') },
    { title: 'Add <b>HTML</b> & 100%', status: 'cancelled', trigger: 'schedule', branch: 'devpilot/abc123' },
    { title: 'Last of them', status: 'queued', task: { title: 'x', body: '', issue: 214 } },
  ]
  const begin = Date.parse('2026-03-01T10:00:00Z')

  beforeAll(async () => {
    ctx = contextOf(await open())
    const repository = newId()
    const other = newId()
    const common = { forge: 'github', defaultBranch: 'main' } as const
    await ctx.db.insert(repositories).values([
      { id: repository, name: 'acme/calendar', source: 'https://github.com/acme/calendar.git', ...common },
      { id: other, name: 'acme/billing', source: 'https://github.com/acme/billing.git', ...common },
    ])
    for (const [index, row] of rows.entries()) {
      const id = newId()
      ids.set(row.title, id)
      await ctx.db.insert(runs).values({
        id,
        repositoryId: index % 2 === 0 ? repository : other,
        flow: 'issue',
        trigger: 'github_issue',
        task: { title: row.title, body: '' },
        status: 'queued',
        step: 'end',
        requestedBy: user('owner'),
        budgetMicros: 3_000_000,
        createdAt: new Date(begin + index * 3_600_000),
        ...row,
      })
    }
    await propose('Mend the parser', repository, new Date())
    await propose('Mend src/parse.ts quickly', other, null)
    await attempt('Mend the parser', ['planner', 'coder'], ['gpt-4.1', 'gpt-4.1'])
    await attempt('Add a login', ['coder', 'coder'], ['llama', 'gpt-4.1'])
  })

  test('a run is found by the end of its id that lists show, and by nothing less', async () => {
    const id = ids.get('Add a login') ?? ''
    const found = (end: string) => runByEnd({ ctx, end })
    expect(await found(id.slice(-8))).toBe(id)
    expect(await found(id.slice(-8).toUpperCase())).toBe(id)
    for (const end of ['', 'last', id.slice(-7), id, 'ffffffff', `%${id.slice(-8)}`])
      expect(await found(end)).toBe(null)
  })

  const propose = async (title: string, repositoryId: string, mergedAt: Date | null) => {
    const text = { key: title, url: 'https://forge.test/1', title, body: '', branch: 'b', target: 'main' }
    const state = mergedAt ? 'merged' : 'open'
    const runId = ids.get(title) ?? expect.fail(title)
    const row = { id: newId(), repositoryId, runId, number: 1, headSha: 'c0ffee', ...text }
    await ctx.db.insert(pullRequests).values({ ...row, state, mergedAt })
  }

  const attempt = async (title: string, steps: readonly string[], models: readonly string[]) => {
    const runId = ids.get(title) ?? expect.fail(title)
    for (const [index, step] of steps.entries()) {
      const beadId = newId()
      const of = { id: beadId, runId, seq: index + 1, step, name: step, status: 'completed' } as const
      await ctx.db.insert(beads).values({ ...of, category: 'agent' })
      const usage = { inputTokens: 1, outputTokens: 1, cachedInputTokens: 0, estimated: false }
      const prompt = { prompt: step, promptVersion: '1', promptHash: 'x', request: '', toolCalls: [] }
      const times = { startedAt: new Date(), endedAt: new Date() }
      const model = models[index] ?? ''
      await ctx.db
        .insert(turns)
        .values({ id: newId(), runId, beadId, seq: 1, model, finish: 'stop', usage, ...prompt, ...times })
    }
    const none = {
      id: newId(),
      runId,
      seq: 9,
      step: 'prepare',
      name: 'prepare',
      status: 'completed',
    } as const
    await ctx.db.insert(beads).values({ ...none, category: 'check' })
  }

  const titles = async (input: ListRuns) =>
    (await listRuns({ ctx, input })).items.map((run) => rows.findIndex(({ title }) => title === run.title))

  test('a repository of a URL that is none is left out and told; its name counts as well as its id', async () => {
    const read = (repository: string) => urlFilters({ ctx, query: { repository, x: '1' }, others: ['x'] })
    for (const none of ['acme/nothing', newId()]) {
      expect(await read(none)).toEqual({
        filters: {},
        ignored: [{ name: 'repository', value: none, why: 'there is no such repository' }],
      })
    }
    const { filters, ignored } = await read('acme/billing')
    expect(ignored).toEqual([])
    expect(await read(filters.repository ?? '')).toEqual({ filters, ignored: [] })
  })

  describe('filters', () => {
    test.each<[string, ListRuns, readonly number[]]>([
      ['nothing', {}, [5, 4, 3, 2, 1, 0]],
      ['one status', { status: 'failed' }, [2, 1]],
      ['several, merged by time', { status: 'queued,failed,succeeded' }, [5, 2, 1, 0]],
      ['a status that no run has', { status: ['aborted'] }, []],
      ['a trigger', { trigger: 'cli' }, [2]],
      ['a flow', { flow: 'tests' }, [2]],
      ['a repository by name', { repository: 'acme/billing' }, [5, 3, 1]],
      ['a repository that is not there', { repository: 'acme/nothing' }, []],
      ['an author', { author: 'mona' }, [3, 2]],
      ['an agent', { agent: 'planner' }, [0]],
      ['an agent of several runs', { agent: 'coder' }, [2, 0]],
      ['what is no agent', { agent: 'prepare' }, []],
      ['a model', { model: 'llama' }, [2]],
      ['a model and a status', { model: 'gpt-4.1', status: 'failed' }, [2]],
      ['scores from', { scoreFrom: 50 }, [0]],
      ['scores to', { scoreTo: '50' }, [1]],
      ['costs within', { costFrom: 0.04, costTo: '2.90' }, [1, 0]],
      ['costs beyond the last step', { costFrom: 20 }, [3]],
      ['costs to nothing', { costTo: 0 }, [5, 4, 2]],
      ['merged', { merged: 'true' }, [0]],
      ['not merged, and a status', { merged: false, status: 'failed' }, [2, 1]],
      ['time', { since: '2026-03-01T11:00:00Z', until: '2026-03-01T13:00:00Z' }, [2, 1]],
      ['a day with its last second', { until: '2026-03-01' }, [5, 4, 3, 2, 1, 0]],
      ['a span', { since: '1h' }, []],
      ['a word', { q: 'mend' }, [1, 0]],
      ['a beginning and another word', { q: 'pars quick' }, [1]],
      ['a file by its part', { q: 'parse.ts' }, [1]],
      ['other letters than ASCII', { q: 'grüße' }, [3]],
      ['a branch', { q: 'abc123' }, [4]],
      ["an issue's number", { q: '#214' }, [5]],
      ['what SQL and LIKE read otherwise', { q: "100% ' or 1=1" }, []],
      ['a text without a word', { q: '%_!' }, []],
      ['a half word from its end', { q: 'arser' }, []],
    ])('%s', async (_what, input, expected) => expect(await titles(input)).toEqual(expected))

    test.each<[string, ListRuns]>([
      ['status', { status: 'failed,banana' }],
      ['trigger', { trigger: 'nothing' }],
      ['since', { since: 'yesterday' }],
      ['scoreFrom', { scoreFrom: 101 }],
      ['costFrom', { costFrom: '-1' }],
      ['merged', { merged: 'yes' }],
      ['newer', { newer: 'WyJ4Il0' }],
    ])('a bad %s is refused with its name', async (name, input) => {
      const answer = listRuns({ ctx, input })
      await expect(answer).rejects.toMatchObject({ code: 'bad_request' })
      await expect(answer).rejects.toThrow(name === 'newer' ? 'cursor' : name)
    })
  })

  test('an agent and a model are noted once each, and a bead without a model notes none', async () => {
    const [row] = await ctx.db
      .select({ agents: runs.agents, models: runs.models })
      .from(runs)
      .where(eq(runs.title, 'Add a login'))
    expect(row).toEqual({ agents: ['coder'], models: ['llama', 'gpt-4.1'] })
  })

  test.each<[string, ListRuns]>([
    ['without a filter', {}],
    ['with several statuses', { status: 'queued,failed,succeeded,running' }],
    ['with words', { q: 'a' }],
  ])('pages there and back again %s', async (_what, filters) => {
    const all = await titles(filters)
    const first = await listRuns({ ctx, input: { ...filters, limit: 2 } })
    expect(first.previous).toBeNull()
    const second = await listRuns({ ctx, input: { ...filters, limit: 2, cursor: first.next ?? '' } })
    const back = await listRuns({ ctx, input: { ...filters, limit: 2, newer: second.previous ?? '' } })
    expect(back.items).toEqual(first.items)
    expect(back.previous).toBeNull()
    const shown = [...first.items, ...second.items].map(({ title }) =>
      rows.findIndex((row) => row.title === title),
    )
    expect(shown).toEqual(all.slice(0, 4))
    expect(all.length).toBeGreaterThan(1)
  })

  test('a text of many words asks the planner about some of them, each once', async () => {
    let asked = 0
    const execute = (query: SQL) => {
      if (JSON.stringify(query.queryChunks).includes('explain')) asked += 1
      return ctx.db.execute(query)
    }
    const spied = { ...ctx, db: Object.create(ctx.db, { execute: { value: execute } }) }
    const find = async (q: string) => (await listRuns({ ctx: spied, input: { q } })).items.length
    expect(await find('mend Mend MEND mend')).toBe(await find('mend'))
    asked = 0
    await find('mend Mend MEND mend mend mend')
    expect(asked).toBeGreaterThan(0)
    expect(asked).toBeLessThanOrEqual(3)
    asked = 0
    expect(await find(Array.from({ length: 50 }, (_, i) => `w${i}`).join(' '))).toBe(0)
    expect(asked).toBeLessThanOrEqual(31)
  })

  test('runs of the same millisecond are on one page or the other', async () => {
    const createdAt = new Date(begin - 86_400_000)
    const common = {
      flow: 'same',
      trigger: 'api',
      status: 'queued',
      step: 'end',
      budgetMicros: 0,
      createdAt,
    } as const
    const made = Array.from({ length: 5 }, () => newId())
    await ctx.db.insert(runs).values(
      made.map((id) => ({
        ...common,
        id,
        title: 'Same',
        task: { title: 'Same', body: '' },
        requestedBy: user('x'),
      })),
    )
    const seen: string[] = []
    let cursor: string | null = null
    do {
      const page = await listRuns({ ctx, input: { flow: 'same', limit: 2, ...(cursor ? { cursor } : {}) } })
      seen.push(...page.items.map(({ id }) => id))
      cursor = page.next
    } while (cursor)
    expect([...seen].sort()).toEqual([...made].sort())
  })

  test('who may not read is told nothing', async () => {
    await expect(listRuns({ ctx: { ...ctx, grants: [] } })).rejects.toMatchObject({ code: 'forbidden' })
  })
})
