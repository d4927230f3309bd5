import { eq } from 'drizzle-orm'
import { beforeAll, expect, test } from 'vitest'
import { runs } from '@/drizzle/schema'
import type { ServiceContext } from '@/lib/services/context'
import { listCalls, sumCalls } from '@/lib/services/runs/calls'
import { diffAt } from '@/lib/services/runs/diff-at'
import { getTurn } from '@/lib/services/runs/get-turn'
import { turnCounts, turnHeads } from '@/lib/services/runs/turn-heads'
import { describeDatabases } from '../support/database'
import { longBead, longTalk } from '../support/long-run'
import { contextOf, runAtGate, someRun } from '../support/services'

describeDatabases((open) => {
  let ctx: ServiceContext
  let run: string
  let bead: string
  beforeAll(async () => {
    ctx = contextOf(await open())
    run = await someRun(ctx)
    bead = await longBead(ctx.db, run, 1)
    await longBead(ctx.db, run, 2, 'tester')
    await longTalk(ctx.db, { runId: run, beadId: bead, count: 5_000 })
  })

  const refused = (answer: Promise<unknown>) =>
    answer.then(
      () => 'accepted',
      (error) => `${error.code} ${error.place ?? ''}`.trim(),
    )

  test('what is wrong is named, and what is not there is said', async () => {
    expect(await refused(turnHeads({ ctx, input: { run, bead, limit: 201 } }))).toBe('bad_request limit')
    expect(await refused(listCalls({ ctx, input: { run, cursor: '1' } }))).toBe('bad_request cursor')
    expect(await refused(getTurn({ ctx, input: { run, bead, turn: 0 } }))).toBe('bad_request turn')
    expect(await refused(getTurn({ ctx, input: { run, bead, turn: 5_001 } }))).toBe('not_found')
    // A bead of another run is no way into it.
    expect(await refused(getTurn({ ctx, input: { run: await someRun(ctx), bead, turn: 1 } }))).toBe(
      'not_found',
    )
    const nobody = { ...ctx, grants: [] }
    expect(await refused(turnHeads({ ctx: nobody, input: { run, bead } }))).toBe('forbidden')
  })

  test('a window of 5,000 turns is small, wherever it is', async () => {
    const page = await turnHeads({ ctx, input: { run, bead, limit: 50, cursor: 2_300 } })
    expect([page.items[0]?.seq, page.items.at(-1)?.seq, page.next]).toEqual([2_301, 2_350, '2350'])
    expect(page.items[0]).toMatchObject({ said: expect.stringMatching(/^answer 2301/), tools: ['read_file'] })
    expect(page.items.map(({ seq, refused: bad }) => bad === (seq % 7 === 0))).not.toContain(false)
    expect(JSON.stringify(page).length).toBeLessThan(50_000)
    expect((await turnHeads({ ctx, input: { run, bead, cursor: 5_000 } })).items).toEqual([])
    expect([...(await turnCounts({ ctx, input: { run } })).values()].sort()).toEqual([0, 5_000])
  })

  test('a turn has the prompt that was sent, filled in, and texts that are cut to a bound', async () => {
    const turn = await getTurn({ ctx, input: { run, bead, turn: 2_345, chars: 40 } })
    expect(turn.opening).toMatchObject({
      system: { text: 'You change code.' },
      task: { text: 'Do this: the task of the long run' },
    })
    expect(turn.shownBefore).toBe(2_344)
    expect(turn.request).toEqual({ text: 'request 2345', length: 12 })
    expect(turn.calls[0]?.result?.content.text).toHaveLength(40)
    expect(turn.calls[0]?.result?.content.length).toBeGreaterThan(2_000)
  })

  test('calls are walked in order over all beads, and summed by agent, model and version of the prompt', async () => {
    const first = await listCalls({ ctx, input: { run, limit: 200 } })
    expect(first.next).toBe('1.200')
    const next = await listCalls({ ctx, input: { run, limit: 1, cursor: '1.200' } })
    expect(next.items[0]).toMatchObject({ beadSeq: 1, seq: 201, step: 'coder' })
    const sums = await sumCalls({ ctx, input: { run } })
    expect(
      sums.map(({ promptVersion, calls, costMicros }) => [promptVersion, calls, costMicros]).sort(),
    ).toEqual([
      ['3', 2_500, 2_500_000],
      ['4', 2_500, 2_500_000],
    ])
    expect(sums[0]).toMatchObject({ cachedTokens: 2_000_000, inputTokens: 2_500_000, ms: 2_500_000 })
  })

  test('calls of a replayed recording are told from those that asked a model', async () => {
    expect((await sumCalls({ ctx, input: { run } })).map(({ recorded }) => recorded)).toEqual([false, false])
    await ctx.db
      .update(runs)
      .set({ overrides: { recording: '/x.jsonl' } })
      .where(eq(runs.id, run))
    expect((await sumCalls({ ctx, input: { run } })).map(({ recorded }) => recorded)).toEqual([true, true])
  })

  test('the diff of a bead is the last one kept until it had ended', async () => {
    const { run: other, bead: gate } = await runAtGate(ctx)
    expect(await diffAt({ ctx, input: { run: other, bead: gate } })).toBe('diff --git a/x b/x\n')
    expect(await diffAt({ ctx, input: { run, bead } })).toBeNull()
  })
})
