import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { runAgent } from '@/lib/agents/loop'
import type { ModelPrice } from '@/lib/agents/model'
import { parsePrompt } from '@/lib/agents/prompt'
import type { AgentEnd, AgentLimits } from '@/lib/agents/talk'
import { defineTool } from '@/lib/agents/tool'
import { AppError } from '@/lib/errors'
import { packageFile } from '@/lib/root'
import { type MemoryRecord, memoryRecord } from '../support/memory-record'
import { type Answer, call, type ScriptedModel, scriptedModel } from '../support/scripted-model'

const limits: AgentLimits = {
  turns: 40,
  wallMs: 600_000,
  tokens: 1_000_000,
  maxTokens: 1_000,
  temperature: 0,
}
const tools =
  '---\nversion: 1\nplaceholders: []\n---\n# look\nLook.\n\n# write\nWrite.\n\n# finish\nFinish.\n'
const prompts = (name: string) =>
  parsePrompt(name, name === 'tools' ? tools : packageFile(`prompts/${name}.md`))
const finish = call('finish', { text: 'done' })
const look = (at: number) => call('look', { at })
const looks = (from: number, count: number): Answer[] =>
  Array.from({ length: count }, (_, i) => ({ calls: [look(from + i)] }))
const price: ModelPrice = { input: 1, output: 1, cachedInput: 1 }

interface Options {
  readonly task?: string
  readonly record?: MemoryRecord
  readonly limits?: Partial<AgentLimits>
  readonly price?: ModelPrice
  readonly accept?: (value: { text: string }) => Promise<string | null>
  readonly signal?: AbortSignal
  readonly hangUp?: AbortSignal
  readonly now?: () => number
}

interface Result {
  readonly end: Promise<AgentEnd<{ text: string }>>
  readonly model: ScriptedModel
  readonly record: MemoryRecord
  readonly ran: string[]
}

/** An agent with a tool that looks and one that writes, and a model that answers from a list. */
function work(answers: readonly Answer[], options: Options = {}): Result {
  const model = scriptedModel(answers, options.price ?? null)
  const record = options.record ?? memoryRecord()
  const ran: string[] = []
  const spec = {
    prompt: prompts('coder'),
    task: options.task ?? 'Do it.',
    tools: [
      defineTool({
        name: 'look',
        parameters: z.strictObject({ at: z.number() }),
        run: async ({ at }) => {
          ran.push(`look ${at}`)
          if (at === 404) throw new AppError('not_found', 'It is not there.', { mend: 'Look elsewhere.' })
          if (at === 500) throw new AppError('disk_full', 'Full.')
          return `saw ${at}`
        },
      }),
      defineTool({
        name: 'write',
        parameters: z.strictObject({ text: z.string() }),
        run: async ({ text }) => {
          ran.push(`write ${text}`)
          return 'wrote'
        },
      }),
    ],
    output: z.strictObject({ text: z.string() }),
    accept: options.accept ?? (async () => null),
    limits: { ...limits, ...options.limits },
  }
  const signal = options.signal ?? new AbortController().signal
  const hangUp = options.hangUp ?? new AbortController().signal
  const now = options.now ?? (() => 0)
  const ports = { model, record, prompts, commit: async () => null, now, signal, hangUp }
  return { end: runAgent(spec, ports), model, record, ran }
}

const lastTold = ({ model }: Result): string => model.requests.at(-1)?.messages.at(-1)?.content ?? ''

describe('answers that cannot be used are told to the model', () => {
  test.each<[string, Answer, string]>([
    ['prose', { content: 'I think so.' }, 'call a tool to go on'],
    [
      'an unknown tool',
      { calls: [call('fly', {})] },
      'there is no tool "fly". The tools are look, write, finish',
    ],
    [
      'arguments that are no JSON',
      { calls: [{ name: 'look', arguments: '{"at":' }] },
      'the arguments are not JSON',
    ],
    ['arguments of another shape', { calls: [call('look', { at: 'x' })] }, 'expected number'],
    ['a finish of another shape', { calls: [call('finish', { txt: 1 })] }, 'Malformed'],
    ['a truncated answer', { content: 'so', finish: 'length' }, 'cut off because it was too long'],
    ['a tool that fails', { calls: [look(404)] }, 'It is not there. Look elsewhere.'],
  ])('%s', async (_what, bad, told) => {
    const result = work([bad, { calls: [finish] }])
    expect(await result.end).toEqual({ kind: 'finished', value: { text: 'done' } })
    expect(lastTold(result)).toContain(told)
  })

  test('three in a row are a lasting error that keeps the raw text; two and a good one are not', async () => {
    const prose = { content: 'RAW-PROSE' }
    const bad = { calls: [{ name: 'look', arguments: 'RAW-ARGS' }] }
    await expect(work([prose, bad, prose]).end).rejects.toMatchObject({
      code: 'model_error',
      transient: false,
      message: expect.stringContaining('RAW-PROSE'),
    })
    await expect(work([prose, prose, bad]).end).rejects.toThrow('look(RAW-ARGS)')
    const mixed = work([prose, bad, { calls: [look(1)] }, prose, bad, { calls: [finish] }])
    expect(await mixed.end).toMatchObject({ kind: 'finished' })
  })

  test('a finish that the checks do not accept is told, and may be mended', async () => {
    const answers = [{ calls: [call('finish', { text: 'no' })] }, { calls: [finish] }]
    const accept = async ({ text }: { text: string }) => (text === 'no' ? 'Lint finds 2 faults.' : null)
    const result = work(answers, { accept })
    expect(await result.end).toEqual({ kind: 'finished', value: { text: 'done' } })
    expect(lastTold(result)).toContain('Lint finds 2 faults.')
  })

  test('a refusal ends at once, also when it is found on record', async () => {
    const refused = work([{ content: 'I cannot.', finish: 'refusal' }])
    await expect(refused.end).rejects.toMatchObject({
      code: 'model_error',
      message: expect.stringContaining('I cannot.'),
    })
    await expect(work([], { record: refused.record }).end).rejects.toThrow('refused')
  })

  test('an error that is the run’s is not told to the model', async () => {
    await expect(work([{ calls: [look(500)] }]).end).rejects.toMatchObject({ code: 'disk_full' })
  })
})

describe('calls of one answer', () => {
  test('run in their order, with finish last, and their results stand in theirs', async () => {
    const accept = async () => {
      result.ran.push('finish')
      return null
    }
    const result = work([{ calls: [finish, look(1), look(2)] }], { accept })
    expect(await result.end).toMatchObject({ kind: 'finished' })
    expect(result.ran).toEqual(['look 1', 'look 2', 'finish'])
    const results = result.record.kept[0]?.toolResults?.map(({ content }) => content)
    expect(results).toEqual(['Accepted.', 'saw 1', 'saw 2'])
  })
})

describe('no progress', () => {
  test('the same call for ever: a hint once, from the start, then stuck', async () => {
    const same = Array.from({ length: 8 }, () => ({ calls: [look(1)] }))
    const result = work(same)
    expect(await result.end).toEqual({
      kind: 'stuck',
      reason: 'look was called 4 times with the same result',
    })
    expect(result.model.requests).toHaveLength(8)
    expect(result.model.requests[4]?.messages).toHaveLength(2)
    expect(result.model.requests[4]?.messages[1]?.content).toContain('led nowhere: look was called 4 times')
  })

  test('turns that bring nothing new: two calls in turn, with results that were seen', async () => {
    const back = Array.from({ length: 20 }, (_, i) => ({ calls: [look(404), call('look', { at: `x${i}` })] }))
    const result = work(back)
    expect(await result.end).toMatchObject({ kind: 'stuck' })
    expect(result.model.requests.length).toBeLessThanOrEqual(12)
  })

  test('new results are progress', async () => {
    expect(await work([...looks(1, 20), { calls: [finish] }]).end).toMatchObject({ kind: 'finished' })
  })
})

describe('limits, before each call', () => {
  test('turns', async () => {
    const result = work(looks(1, 9), { limits: { turns: 3 } })
    expect(await result.end).toMatchObject({ kind: 'limit', reason: expect.stringContaining('3 turns') })
    expect(result.model.requests).toHaveLength(3)
  })

  test('tokens', async () => {
    const result = work([{ calls: [look(1)], tokens: 900 }, ...looks(2, 9)], { limits: { tokens: 1_000 } })
    expect(await result.end).toMatchObject({ kind: 'limit', reason: expect.stringContaining('tokens') })
    expect(result.model.requests).toHaveLength(2)
  })

  test('time at work; time that the run waited does not count', async () => {
    let clock = 0
    const now = () => (clock += 10_000)
    const first = work(looks(1, 9), { limits: { wallMs: 60_000, turns: 3 }, now })
    expect(await first.end).toMatchObject({ reason: expect.stringContaining('3 turns') })
    clock += 10 ** 9
    const later = work([{ calls: [finish] }], { record: first.record, limits: { wallMs: 200_000 }, now })
    expect(await later.end).toMatchObject({ kind: 'finished' })
    const over = work([], { record: first.record, limits: { wallMs: 10_000 }, now })
    expect(await over.end).toMatchObject({ kind: 'finished' })
    const slow = work(looks(1, 9), { limits: { wallMs: 60_000 }, now })
    expect(await slow.end).toMatchObject({ kind: 'limit', reason: expect.stringContaining('minutes') })
  })

  test('money: a budget without room makes no call', async () => {
    const poor = work([], { price, record: memoryRecord(10) })
    expect(await poor.end).toEqual({ kind: 'budget', reason: 'only 10 left' })
    expect(poor.model.requests).toHaveLength(0)
    expect(poor.record.log).toEqual([])
  })

  test('money: each call is settled at what it cost; a call that was refused is given back', async () => {
    const record = memoryRecord(1_000_000)
    await work([{ calls: [look(1)] }, { calls: [finish] }], { price, record }).end
    expect(1_000_000 - record.room).toBe(220)
    const failing: Answer = {
      during: () => {
        throw new AppError('model_error', 'busy', { transient: true, uncharged: true })
      },
    }
    const other = memoryRecord(1_000_000)
    await expect(work([failing], { price, record: other }).end).rejects.toThrow('busy')
    expect(other.room).toBe(1_000_000)
  })
})

describe('a run that was interrupted', () => {
  test('a turn is saved before its tools run, and after them before the next call', async () => {
    const { end, record } = work([{ calls: [look(1)] }, { calls: [finish] }])
    await end
    expect(record.log).toEqual([
      'reserve',
      'answered 1',
      'completed 1',
      'reserve',
      'answered 2',
      'completed 2',
    ])
  })

  const interrupted = async (answers: readonly Answer[], change: (record: MemoryRecord) => void) => {
    const before = work(answers)
    await before.end.catch(() => {})
    change(before.record)
    return before.record
  }
  const forget = (record: MemoryRecord) => {
    const last = record.kept.pop()
    if (last) record.kept.push({ ...last, toolResults: null })
  }

  test('between answer and tools: the tools run without asking again', async () => {
    const record = await interrupted([{ calls: [look(1)] }], forget)
    const after = work([{ calls: [finish] }], { record })
    expect(await after.end).toMatchObject({ kind: 'finished' })
    expect(after.ran).toEqual(['look 1'])
    expect(after.model.requests).toHaveLength(1)
  })

  test('after the tools: it goes on with the next call', async () => {
    const record = await interrupted([{ calls: [look(1)] }], () => {})
    const after = work([{ calls: [finish] }], { record })
    expect(await after.end).toMatchObject({ kind: 'finished' })
    expect(after.ran).toEqual([])
  })

  /** Each scripted model numbers its calls anew. */
  const bodies = ({ model }: Result) =>
    model.requests.map((request) => JSON.stringify(request).replace(/call-\d+-\d+/g, 'call'))
  const refusedOnce = () => {
    let times = 0
    return async () => (times++ === 0 ? 'Lint: no.' : null)
  }

  test('after a refused finish: what it asks is to the byte what it would have asked', async () => {
    const answers = [{ calls: [finish] }, { calls: [look(1)] }, { calls: [finish] }]
    const whole = work(answers, { accept: refusedOnce() })
    await whole.end
    const stop = new AbortController()
    const first = work([{ ...answers[0], during: () => stop.abort() }], {
      accept: refusedOnce(),
      signal: stop.signal,
    })
    await expect(first.end).rejects.toMatchObject({ code: 'cancelled' })
    // The facts of the task are other ones by now: the check that refused has left its evidence.
    const task = 'Do it. Lint: no.'
    const second = work(answers.slice(1), { record: first.record, task })
    expect(await second.end).toMatchObject({ kind: 'finished' })
    expect([...bodies(first), ...bodies(second)]).toEqual(bodies(whole))
    // And of the second one's turns a third goes on with the same.
    first.record.kept.pop()
    const third = work([{ calls: [finish] }], { record: first.record, task })
    await third.end
    expect(bodies(third)).toEqual(bodies(whole).slice(-1))
  })

  test.each([
    ['this one', ['task'], 'Do it again.'],
    ['another one', ['other'], 'Do it with [redacted].'],
    ['of an older record', undefined, 'Do it again.'],
  ])('what the record keeps redacted is filled anew: %s', async (_which, lost, asked) => {
    const record = await interrupted([{ calls: [look(1)] }], ({ kept: [turn] }) => {
      if (turn?.opening)
        Object.assign(turn, {
          opening: { ...turn.opening, values: { task: 'Do it with [redacted].' }, lost },
        })
    })
    const after = work([{ calls: [finish] }], { record, task: 'Do it again.' })
    await after.end
    expect(after.model.requests[0]?.messages[0]?.content).toBe(asked)
  })

  test('after an accepted finish: the value, without a call', async () => {
    const twice = [{ calls: [call('finish', { txt: 1 }), finish] }]
    const record = await interrupted(twice, () => {})
    const after = work([], { record })
    expect(await after.end).toEqual({ kind: 'finished', value: { text: 'done' } })
    expect(after.model.requests).toHaveLength(0)
  })

  test('a call that the record keeps redacted is asked for again, not carried out', async () => {
    const record = await interrupted([{ calls: [call('write', { text: 'key [redacted]' })] }], forget)
    const after = work([{ calls: [call('write', { text: 'key 1' })] }, { calls: [finish] }], { record })
    expect(await after.end).toMatchObject({ kind: 'finished' })
    expect(after.ran).toEqual(['write key 1'])
    expect(after.model.requests[0]?.messages.at(-1)?.content).toContain('is not kept')
  })

  test('what the record redacts is still carried out as the model wrote it', async () => {
    const record = memoryRecord()
    const plain = record.answered
    record.answered = async (turn, held) => {
      const saved = await plain(turn, held)
      return {
        ...saved,
        toolCalls: saved.toolCalls.map((one) => ({ ...one, arguments: '{"text":"[redacted]"}' })),
      }
    }
    const result = work([{ calls: [call('write', { text: 'secret' })] }, { calls: [finish] }], { record })
    await result.end.catch(() => {})
    expect(result.ran).toEqual(['write secret'])
  })

  test('a worker’s stop does not cut a call off: its answer is kept', async () => {
    const stop = new AbortController()
    const cut: boolean[] = []
    const during = (signal: AbortSignal) => {
      stop.abort()
      cut.push(signal.aborted)
    }
    await work([{ calls: [look(1)], during }], { signal: stop.signal }).end.catch(() => {})
    expect(cut).toEqual([false])
  })

  test.each([
    ['cut off', new AppError('cancelled', 'Cut off.'), 'charged'],
    ['timed out', new AppError('model_error', 'No answer.', { transient: true }), 'charged'],
    ['refused before any work', new AppError('model_error', 'Wrong key.', { uncharged: true }), 'release'],
  ])('a call that was %s is counted as the provider may have charged it', async (_what, error, kept) => {
    const during = () => Promise.reject(error)
    const result = work([{ during }], { price })
    await expect(result.end).rejects.toBe(error)
    expect(result.record.log).toEqual(['reserve', kept])
  })

  test('tries that were lost before the answer are part of its cost', async () => {
    const cost = async (lostTries?: number) => {
      const result = work([{ calls: [finish], ...(lostTries === undefined ? {} : { lostTries }) }], { price })
      await result.end
      return result.record.kept[0]?.costMicros ?? 0
    }
    const one = await cost()
    expect((await cost(2)) - one).toBeGreaterThan(2 * one)
  })

  test('cancelled at a turn’s border: the turn is whole, and no further call is made', async () => {
    const stop = new AbortController()
    const result = work([{ calls: [look(1)], during: () => stop.abort() }], { signal: stop.signal })
    await expect(result.end).rejects.toMatchObject({ code: 'cancelled' })
    expect(result.record.log).toEqual(['reserve', 'answered 1', 'completed 1'])
  })
})

test('the beginning of every request is the one before, to the byte', async () => {
  const { end, model } = work([{ content: 'hm' }, ...looks(1, 5), { calls: [finish] }])
  await end
  const texts = model.requests.map(({ system, tools: given, messages }) =>
    JSON.stringify([system, given, messages]).slice(0, -2),
  )
  for (const [i, text] of texts.slice(1).entries()) expect(text.startsWith(texts[i] ?? 'none')).toBe(true)
})
