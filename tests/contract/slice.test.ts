import { asc, eq } from 'drizzle-orm'
import { beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { beads, jobs, turns } from '@/drizzle/schema'
import { runAgent } from '@/lib/agents/loop'
import { parsePrompt } from '@/lib/agents/prompt'
import { defineTool } from '@/lib/agents/tool'
import { AppError } from '@/lib/errors'
import { packageFile } from '@/lib/root'
import type { ServiceContext } from '@/lib/services/context'
import { describeDatabases } from '../support/database'
import { goOn, runRow, type Script, scriptedEngine } from '../support/scripted-engine'
import { call } from '../support/scripted-model'
import { contextOf, someRun } from '../support/services'

const flow = ['prepare', 'coder', 'reviewer'] as const
const tools = '---\nversion: 1\nplaceholders: []\n---\n# look\nLook.\n\n# finish\nFinish.\n'
const prompts = (name: string) =>
  parsePrompt(name, name === 'tools' ? tools : packageFile(`prompts/${name}.md`))

describeDatabases((open) => {
  let ctx: ServiceContext
  beforeAll(async () => {
    ctx = contextOf(await open())
  })
  const now = () => performance.now()

  /** The real loop of a coder that looks so many times; each call of its model takes so long. */
  const coder = (looks: number, answerMs: number) => {
    const calls: ('answered' | 'cut off')[] = []
    const script: Script = async (work, record) => {
      if (work.bead.step !== 'coder') return goOn(work, flow)
      const { signal, hangUp } = work
      const look = defineTool({
        name: 'look',
        parameters: z.object({ at: z.number() }),
        run: async ({ at }) => `looked at ${at}`,
      })
      const end = await runAgent(
        {
          prompt: prompts('coder'),
          task: 'Look.',
          tools: [look],
          output: z.object({ text: z.string() }),
          accept: async () => null,
          limits: { turns: 20, wallMs: 600_000, tokens: 100_000, maxTokens: 100, temperature: 0 },
        },
        {
          record,
          prompts,
          commit: async () => null,
          now: Date.now,
          signal,
          hangUp,
          model: {
            provider: 'scripted',
            name: 'slow',
            price: null,
            async complete(request, hung) {
              const at = request.messages.filter(({ role }) => role === 'assistant').length
              await wait(answerMs, hung).catch((error: unknown) => {
                calls.push('cut off')
                throw error
              })
              calls.push('answered')
              const next = at < looks ? call('look', { at }) : call('finish', { text: 'done' })
              return {
                content: null,
                toolCalls: [{ id: `call-${at}`, ...next }],
                finish: 'tool_calls',
                usage: { inputTokens: 10, outputTokens: 10, cachedInputTokens: 0, estimated: false },
                model: 'slow-1',
              }
            },
          },
        },
      )
      return end.kind === 'finished' ? { kind: 'done' } : { kind: 'stuck', reason: end.kind }
    }
    return { calls, script }
  }
  const slicesUntilDone = async (
    run: string,
    script: Script,
    ms: number,
    graceMs: number,
  ): Promise<number> => {
    for (let slices = 1; slices <= 40; slices += 1) {
      const begun = now()
      await scriptedEngine(ctx.db, script).tick({ now, until: begun + ms, graceMs })
      const { status } = await runRow(ctx.db, run)
      if (status === 'succeeded') return slices
      const [job] = await ctx.db.select().from(jobs).where(eq(jobs.runId, run))
      expect(job).toMatchObject({ leaseOwner: null, leaseUntil: null })
    }
    throw new Error('the run does not come to its end')
  }
  const beadsOf = async (run: string) => {
    const rows = await ctx.db.select().from(beads).where(eq(beads.runId, run)).orderBy(asc(beads.seq))
    return rows.map(({ step, attempt, status }) => `${step} ${attempt} ${status}`)
  }
  const once = ['prepare 1 completed', 'coder 1 completed', 'reviewer 1 completed']

  test.each([
    ['is much longer than a slice', 9, 200, 500],
    ['has model calls that are each longer than a whole slice', 3, 600, 300],
  ])('a step that %s is done over several, and no call is paid twice', async (_what, looks, answerMs, ms) => {
    const run = await someRun(ctx)
    const { calls, script } = coder(looks, answerMs)
    expect(await slicesUntilDone(run, script, ms, 5_000)).toBeGreaterThan(2)
    expect(calls).toEqual(Array.from({ length: looks + 1 }, () => 'answered'))
    expect(await ctx.db.select().from(turns).where(eq(turns.runId, run))).toHaveLength(looks + 1)
    expect(await beadsOf(run)).toEqual(once)
  })

  test('after the slice no turn and no step is begun; after the grace the call is cut off', async () => {
    const run = await someRun(ctx)
    const slow = coder(3, 60_000)
    const begun = now()
    const { steps } = await scriptedEngine(ctx.db, slow.script).tick({
      now,
      until: begun + 300,
      graceMs: 200,
    })
    expect(now() - begun).toBeLessThan(10_000)
    expect([steps, slow.calls]).toEqual([2, ['cut off']])
    expect((await runRow(ctx.db, run)).status).toBe('running')
    const { script, calls } = coder(0, 0)
    await slicesUntilDone(run, script, 5_000, 1_000)
    expect(calls).toEqual(['answered'])
  })

  describe('what is under way at the end of a slice', () => {
    const signals = async (stop: AbortSignal | undefined, ms: number) => {
      const run = await someRun(ctx)
      const seen: string[] = []
      const engine = scriptedEngine(ctx.db, async (work) => {
        if (work.bead.step !== 'coder') return goOn(work, flow)
        const names = ['signal', 'cut', 'hangUp'] as const
        await new Promise<void>((resolve) => {
          for (const name of names) {
            work[name].addEventListener('abort', () => {
              seen.push(name)
              if (name === 'signal')
                setTimeout(() => seen.push(work.cut.aborted ? 'was cut' : 'works on'), 100)
              if (name === 'hangUp') resolve()
            })
          }
        })
        throw new AppError('cancelled', 'Stopped.')
      })
      await engine.tick({ now, until: now() + ms, graceMs: 400, ...(stop ? { signal: stop } : {}) })
      await ctx.db.update(jobs).set({ state: 'parked', dueAt: null }).where(eq(jobs.runId, run))
      return seen
    }

    test('goes on until the grace is over: commands too', async () => {
      expect((await signals(undefined, 500)).slice(0, 2)).toEqual(['signal', 'works on'])
    })

    test('is stopped at once with the worker: commands, not the call', async () => {
      const stop = new AbortController()
      setTimeout(() => stop.abort(), 500)
      const seen = await signals(stop.signal, 3_000)
      expect(seen.slice(0, 2).sort()).toEqual(['cut', 'signal'])
      expect(seen).toContain('was cut')
    })
  })

  test('slices at the same time do each step of each run once', async () => {
    const runs = await Promise.all(Array.from({ length: 12 }, () => someRun(ctx)))
    const done: string[] = []
    const script: Script = async (work) => {
      done.push(`${work.run.id} ${work.bead.step}`)
      await new Promise((resolve) => setTimeout(resolve, 20))
      return goOn(work, flow)
    }
    const slice = (n: number) =>
      scriptedEngine(ctx.db, script, { owner: `slice:${n}` }).tick({ now, until: now() + 20_000 })
    await Promise.all([slice(1), slice(2), slice(3)])
    expect(done).toHaveLength(new Set(done).size)
    expect(done).toHaveLength(3 * runs.length)
    for (const run of runs) expect(await beadsOf(run)).toEqual(once)
  })
})

function wait(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms)
    signal.addEventListener('abort', () => {
      clearTimeout(timer)
      reject(new AppError('cancelled', 'The call was cut off.'))
    })
  })
}
