import { eq } from 'drizzle-orm'
import { beforeAll, expect, test } from 'vitest'
import { runs } from '@/drizzle/schema'
import { AppError } from '@/lib/errors'
import type { ServiceContext } from '@/lib/services/context'
import { listConversations } from '@/lib/services/runs/conversations'
import { getRun } from '@/lib/services/runs/get'
import { similarRuns } from '@/lib/services/runs/similar'
import { describeDatabases } from '../support/database'
import { type Seeded, seed } from '../support/seed'
import { contextOf } from '../support/services'

describeDatabases((open) => {
  let ctx: ServiceContext
  let seeded: Seeded
  beforeAll(async () => {
    const opened = await open()
    ctx = contextOf(opened)
    seeded = await seed(opened.database.db, new Date(), 6)
  })

  test('what is no run has no conversations and nothing like it', async () => {
    const run = '00000000-0000-7000-8000-000000000000'
    expect(await listConversations({ ctx, input: { run } })).toEqual([])
    await expect(similarRuns({ ctx, input: { run } })).rejects.toMatchObject({ code: 'not_found' })
    await expect(listConversations({ ctx, input: { run: 'x' } })).rejects.toBeInstanceOf(AppError)
  })

  test('a conversation has its prompts, and each tool with the number of its calls', async () => {
    const { merged, fork } = seeded.runs
    const coderOf = async (id: string) => {
      const { beads } = await getRun({ ctx, input: { run: id } })
      const bead = beads.find((one) => one.step === 'coder' && one.attempt === 2)
      return (await listConversations({ ctx, input: { run: id } })).find((one) => one.bead === bead?.id)
    }
    const prompts = [{ name: 'coder', version: '3', hash: 'c0ffee12d41d8cd98f00b204e9800998ecf8427e' }]
    expect(await coderOf(merged)).toMatchObject({
      prompts,
      calls: [
        { tool: 'edit_file', count: 1 },
        { tool: 'read_file', count: 1 },
        { tool: 'run_command', count: 1 },
      ],
    })
    expect((await coderOf(fork))?.calls.map((call) => call.tool)).toEqual(['edit_file', 'read_file'])
  })

  test('runs to compare with: of the same task in any repository, then of the same repository, newest first', async () => {
    const { failed, running, merged } = seeded.runs
    const { title, repository } = await getRun({ ctx, input: { run: failed } })
    const elsewhere = await getRun({ ctx, input: { run: merged } })
    expect(elsewhere.repository?.id).not.toBe(repository?.id)
    await ctx.db.update(runs).set({ title }).where(eq(runs.id, merged))
    const { sameTask, sameRepository } = await similarRuns({ ctx, input: { run: failed } })
    expect(sameTask.map((run) => run.id)).toEqual([merged])
    const ids = sameRepository.map((run) => run.id)
    expect(ids[0]).toBe(running)
    expect(ids).not.toContain(failed)
    expect(sameRepository.every((run) => run.repository?.id === repository?.id)).toBe(true)
    const times = sameRepository.map((run) => run.createdAt)
    expect(times).toEqual([...times].sort().reverse())
  })
})
