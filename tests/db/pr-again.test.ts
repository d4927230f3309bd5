import { eq } from 'drizzle-orm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { pullRequests } from '@/drizzle/schema'
import { AppError } from '@/lib/errors'
import type { Forge } from '@/lib/forge/forge'
import { listAudit } from '@/lib/services/audit/list'
import type { ServiceContext } from '@/lib/services/context'
import { getRun } from '@/lib/services/runs/get'
import { pr } from '@/lib/steps/pr'
import { runAtPr } from '../support/at-pr'
import { describeDatabases } from '../support/database'
import { temporaryFolder, userGit } from '../support/repos'
import { contextOf } from '../support/services'

describeDatabases((open) => {
  let ctx: ServiceContext
  beforeAll(async () => {
    ctx = contextOf(await open())
  })
  const folders: { dispose(): void }[] = []
  afterAll(() => {
    for (const folder of folders) folder.dispose()
  })
  const atPr = () => {
    const folder = temporaryFolder('pr')
    folders.push(folder)
    return runAtPr(ctx, folder.path)
  }
  const rows = async (run: string) =>
    (await ctx.db.select().from(pullRequests).where(eq(pullRequests.runId, run)))
      .sort((a, b) => a.number - b.number)
      .map(({ number, state }) => `${number} ${state}`)

  test('a run whose pull request a person closed opens another, which can be merged', async () => {
    const { id, pulls, takenUp, retried, cancelled } = await atPr()
    await pr((await takenUp('x\n')).context)
    await pulls.update(1, { state: 'closed' })
    await retried()
    const { context, record, headSha } = await takenUp('better\n')
    expect((await pr(context)).summary).toMatchObject({ number: 2, headSha })
    expect(await rows(id)).toEqual(['1 closed', '2 draft'])
    expect((await pulls.get(2))?.labels).toEqual(['ai-generated', 'needs-review'])
    expect((await getRun({ ctx, input: { run: id } })).pullRequest).toMatchObject({ number: 2, headSha })
    const ref = await record.pullRequest()
    if (!ref) throw new Error('the run has no pull request')
    await record.merged({ ...ref, state: 'merged', mergeSha: headSha })
    expect(await rows(id)).toEqual(['1 closed', '2 merged'])
    await cancelled()
  })

  test('a branch that was deleted there is pushed again, and one that is there is not', async () => {
    const { id, root, takenUp, retried, cancelled } = await atPr()
    const dying = (forge: Forge): Forge => ({
      ...forge,
      openPullRequest: async () => {
        throw new AppError('timeout', 'The forge did not answer.', { transient: true })
      },
    })
    const first = await takenUp('x\n', dying)
    await expect(pr(first.context)).rejects.toMatchObject({ code: 'timeout' })
    userGit(root, 'branch', '-D', first.branch)
    await retried()
    const second = await takenUp('x\n')
    expect((await pr(second.context)).summary).toMatchObject({ number: 1, headSha: first.headSha })
    expect(userGit(root, 'rev-parse', first.branch)).toBe(first.headSha)
    await retried()
    await pr((await takenUp('x\n')).context)
    const { items } = await listAudit({ ctx, input: { run: id, limit: 200 } })
    const pushes = items.filter(({ data }) => data.kind === 'push').map(({ action }) => action)
    expect(pushes.reverse()).toEqual(['effect.made', 'effect.made', 'effect.found'])
    await cancelled()
  })

  test('of a forge that keeps its own pull requests the newest one is on record', async () => {
    const { id, takenUp, cancelled } = await atPr()
    const { record, headSha, branch } = await takenUp('x\n')
    const pull = { branch, target: 'main', headSha, state: 'draft', mergeSha: null } as const
    const text = { key: `${id}:pull-request`, title: 'T', body: '', labels: [] }
    for (const number of [7, 7, 8, 8])
      await record.savePullRequest({ ...pull, number, url: `http://x.test/${number}` }, text)
    expect(await rows(id)).toEqual(['7 closed', '8 draft'])
    expect(await record.pullRequest()).toMatchObject({ number: 8, url: 'http://x.test/8' })
    await cancelled()
  })
})
