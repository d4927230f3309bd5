import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { budgetAccounts } from '@/drizzle/schema'
import { newId } from '@/lib/db/ids'
import { AppError } from '@/lib/errors'
import { baseOpener } from '@/lib/runtime/base'
import { issueReader } from '@/lib/runtime/issues'
import { configOrProblem } from '@/lib/runtime/parse-config'
import type { ServiceContext } from '@/lib/services/context'
import { startOptions } from '@/lib/services/flows/start-options'
import { addRepository } from '@/lib/services/repositories/add'
import { lookUpIssue } from '@/lib/services/repositories/issue'
import { startRun } from '@/lib/services/runs/start'
import { describeDatabases } from '../support/database'
import { makeRepository, temporaryFolder } from '../support/repos'
import { contextOf } from '../support/services'

const config = `pipeline:
  flows:
    quick: [coder]
budget:
  per_run_usd: 2
  per_repository_day_usd: 5
`

describeDatabases((open) => {
  let ctx: ServiceContext
  const folder = temporaryFolder('start')
  const add = async (name: string, files: Record<string, string>) =>
    (await addRepository({ ctx, input: { repository: makeRepository(folder.path, files, name) } })).id
  const options = (repository: string, flow = 'auto') =>
    startOptions({
      ctx,
      input: { repository, flow },
      open: baseOpener(ctx.home),
      parse: configOrProblem,
      modelName: async () => {
        throw new AppError('bad_config', 'There is no key.', { mend: 'Set one.' })
      },
    })
  let id = ''
  beforeAll(async () => {
    ctx = contextOf(await open())
    id = await add('acme-tool', {
      'devpilot.yaml': config,
      '.devpilot/issues/7.md': '# Dates are off\nby one',
    })
  })
  afterAll(() => folder.dispose())

  describe('an issue', () => {
    const look = (issue: string) =>
      lookUpIssue({ ctx, input: { repository: id, issue }, readIssue: issueReader(ctx.db) })
    test.each([
      ['that does not exist', '8', 'not_found', /There is no issue 8/],
      ['of another repository', 'other/tool#7', 'bad_request', /other\/tool, not of acme-tool/],
      ['that is no number', 'seven', 'bad_request', /no number and no address/],
      ['that is zero', '0', 'bad_request', /no number/],
      ['that is a script', 'javascript:alert(7)', 'bad_request', /no number/],
    ])('%s is said so', async (_what, text, code, message) => {
      await expect(look(text)).rejects.toMatchObject({ code, message: expect.stringMatching(message) })
    })
    test.each(['7', '#7', ' 7 '])('%j is told by its title', async (text) => {
      expect(await look(text)).toMatchObject({ number: 7, title: 'Dates are off' })
    })
  })

  test.each([0, -1, Number.NaN, 10_001])('a budget of %s starts nothing', async (budgetUsd) => {
    const started = startRun({ ctx, input: { repository: id, task: 'x', budgetUsd } })
    await expect(started).rejects.toMatchObject({ code: 'bad_request', place: 'budgetUsd' })
  })

  test('the options say the flow that the configuration comes to, its gates, and why no model can be asked', async () => {
    const { flow, flows, gates, budgetUsd, leftTodayMicros, modelProblem, branch, estimate } =
      await options(id)
    expect(flow).toMatchObject({
      name: 'auto',
      about: expect.stringContaining('Here it is the flow issue'),
      needsTask: true,
    })
    expect(flows.map(({ name }) => name)).toEqual([
      'auto',
      'quick',
      'issue',
      'ci_failure',
      'sentry_alert',
      'scaffold',
      'tests',
      'refactor',
    ])
    expect(gates).toEqual([{ id: 'pre-merge-main', text: '1 approver, before any merge; never lapses' }])
    expect({ budgetUsd, leftTodayMicros, branch }).toEqual({
      budgetUsd: 2,
      leftTodayMicros: 5_000_000,
      branch: 'main',
    })
    expect(modelProblem).toBe('There is no key. Set one.')
    expect(estimate.runs).toBe(0)
  })

  test('what was spent today leaves less', async () => {
    const day = new Date().toISOString().slice(0, 10)
    const account = { key: `repository:${id}:${day}`, limitMicros: 5_000_000, spentMicros: 4_000_000 }
    await ctx.db.insert(budgetAccounts).values({ ...account, reservedMicros: 500_000 })
    expect((await options(id)).leftTodayMicros).toBe(500_000)
  })

  test('a flow of its own, one that asks no model, and one that there is not', async () => {
    expect((await options(id, 'quick')).flow).toMatchObject({
      needsTask: true,
      steps: ['prepare', 'coder', 'pr'],
    })
    expect((await options(id, 'scaffold')).flow).toMatchObject({ needsTask: false, asksModel: false })
    expect((await options(id, 'nope')).flow.name).toBe('auto')
    await expect(options(newId())).rejects.toMatchObject({ code: 'not_found' })
  })

  test('a configuration that is not valid is said, and the defaults are shown', async () => {
    const broken = await add('broken', { 'devpilot.yaml': 'budgit: 1\n' })
    const { problem, budgetUsd } = await options(broken)
    expect(problem).toMatch(/devpilot\.yaml:1:1 budgit unknown key/)
    expect(budgetUsd).toBe(3)
  })
})
