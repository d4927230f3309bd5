import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Model, ModelRequest, ModelResponse } from '@/lib/agents/model'
import { createModel, normalise, recordedModel, recording, requestHash } from '@/lib/models'

const signal = new AbortController().signal
const price = {
  input: 2,
  output: 8,
  cachedInput: 0.5,
  longInput: { input: 4, output: 16, cachedInput: 1, overTokens: 9 },
}
const request: ModelRequest = {
  system: 'You are the planner.\nPlan in at most 120 s.',
  messages: [{ role: 'user', content: 'Fix the bug in a.ts.' }],
  tools: [{ name: 'finish', description: 'Ends.', parameters: { type: 'object', properties: {} } }],
  toolChoice: 'auto',
  maxTokens: 100,
  temperature: 0.2,
}
const usage = { inputTokens: 10, outputTokens: 5, cachedInputTokens: 2, estimated: false }

/** A small real model: it answers with its texts in turn. */
function speaking(texts: readonly string[], name = 'gpt-4.1'): Model {
  let turn = 0
  return {
    provider: 'openai',
    name,
    price,
    complete: async (): Promise<ModelResponse> => {
      const content = texts[turn % texts.length] ?? ''
      turn += 1
      const toolCalls = [
        { id: `id-${turn}`, name: 'finish', arguments: `{"text":${JSON.stringify(content)}}` },
      ]
      return { content, toolCalls, finish: 'tool_calls', usage, model: name }
    },
  }
}

let folder = ''
let file = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'devpilot-recorded-'))
  file = join(folder, 'deep', 'calls.jsonl')
})
afterEach(() => rmSync(folder, { recursive: true }))

const options = { mend: 'npm run demo -- --record' }

describe('recording and replay', () => {
  it('replays answers, usage, name and price, without the model', async () => {
    const first = await recording(speaking(['plan']), file, { note: 'a test' }).complete(request, signal)
    const replay = createModel({ provider: 'recorded', model: 'ignored', recording: file })
    expect(await replay.complete(request, signal)).toEqual(first)
    expect(replay).toMatchObject({ provider: 'recorded', name: 'gpt-4.1', price })
    const header: unknown = JSON.parse(readFileSync(file, 'utf8').split('\n')[0] ?? '')
    expect(header).toMatchObject({ version: 1, note: 'a test', provider: 'openai', model: 'gpt-4.1', price })
  })

  it('replays the same request in order, and repeats the last answer', async () => {
    const model = recording(speaking(['one', 'two']), file)
    await model.complete(request, signal)
    await model.complete(request, signal)
    const replay = recordedModel(file, options)
    const answers: (string | null)[] = []
    for (let turn = 0; turn < 3; turn += 1) answers.push((await replay.complete(request, signal)).content)
    expect(answers).toEqual(['one', 'two', 'two'])
  })

  it('keeps every call of many at once, and of a second recorder later', async () => {
    const numbered = (index: number): ModelRequest => ({
      ...request,
      messages: [{ role: 'user', content: `n${index}x` }],
    })
    const model = recording(speaking(['x']), file)
    await Promise.all(Array.from({ length: 20 }, (_, index) => model.complete(numbered(index), signal)))
    await recording(speaking(['y']), file).complete(numbered(20), signal)
    const replay = recordedModel(file, options)
    for (let index = 0; index <= 20; index += 1) await replay.complete(numbered(index), signal)
    expect(readFileSync(file, 'utf8').match(/"version":1/g)).toHaveLength(1)
    expect(readFileSync(file, 'utf8').match(/You are the planner/g)).toHaveLength(1)
  })

  it('starts anew when the file was removed in between', async () => {
    const model = recording(speaking(['x']), file)
    await model.complete(request, signal)
    rmSync(file)
    await model.complete(request, signal)
    expect((await recordedModel(file, options).complete(request, signal)).content).toBe('x')
  })

  it('refuses to mix two models in one file', async () => {
    await recording(speaking(['x']), file).complete(request, signal)
    expect(() => recording(speaking(['x'], 'gpt-5'), file)).toThrow(
      expect.objectContaining({ code: 'bad_config' }),
    )
  })

  it('holds no secret', async () => {
    const secret = 'sk-abcdefghijklmnopqrstuvwxyz0123'
    const tools = [{ name: 'a', description: `uses ${secret}`, parameters: {} }]
    const leaky: ModelRequest = {
      ...request,
      tools,
      system: `Key ${secret}`,
      messages: [{ role: 'user', content: `use ${secret}` }],
    }
    const answer = await recording(speaking([`the key is ${secret}`]), file, { note: secret }).complete(
      leaky,
      signal,
    )
    expect(answer.content).toContain(secret)
    expect(readFileSync(file, 'utf8')).not.toContain(secret)
    const replayed = await recordedModel(file, options).complete(leaky, signal)
    expect(replayed.content).toBe('the key is [redacted]')
    expect(JSON.parse(replayed.toolCalls[0]?.arguments ?? '')).toEqual({ text: 'the key is [redacted]' })
  })
})

describe('a request that was not recorded', () => {
  const conversation: ModelRequest = {
    ...request,
    messages: [
      ...request.messages,
      { role: 'assistant', content: null, toolCalls: [{ id: 'q', name: 'read', arguments: '{}' }] },
      { role: 'tool', toolCallId: 'q', content: 'line one\nconst a = 1\nline three' },
    ],
  }
  const miss = async (changed: ModelRequest): Promise<unknown> => {
    const model = recording(speaking(['x']), file)
    await model.complete({ ...request, system: 'You are the coder.' }, signal)
    await model.complete(request, signal)
    await model.complete(conversation, signal)
    return recordedModel(file, options)
      .complete(changed, signal)
      .catch((error: unknown) => error)
  }

  it('fails for good, with the command that records again', async () => {
    expect(await miss({ ...request, maxTokens: 99 })).toMatchObject({
      code: 'model_error',
      // Nobody is paid for what no model was asked.
      uncharged: true,
      transient: false,
      place: 'maxTokens',
      mend: expect.stringContaining('npm run demo -- --record'),
    })
  })

  it('shows the line of the system prompt that changed, and whose it is', async () => {
    expect(await miss({ ...request, system: request.system.replace('120 s', '60 s') })).toMatchObject({
      place: 'the system prompt',
      message: expect.stringMatching(
        /"You are the planner\."[\s\S]*at line 2:\n {2}- Plan in at most 120 s\.\n {2}\+ Plan in at most 60 s\./,
      ),
    })
  })

  it('names the first message that differs and shows the place', async () => {
    const messages = conversation.messages.map((message) =>
      message.role === 'tool' ? { ...message, content: message.content.replace('a = 1', 'a = 2') } : message,
    )
    expect(await miss({ ...conversation, messages })).toMatchObject({
      place: 'message 2 (tool)',
      message: expect.stringMatching(/- const a = 1\n {2}\+ const a = 2$/),
    })
  })

  it('says when there is a message more', async () => {
    const messages = [...conversation.messages, { role: 'user', content: 'And?' } as const]
    expect(await miss({ ...conversation, messages })).toMatchObject({
      place: 'message 3 (user)',
      message: expect.stringContaining('- no message\n  + user: And?'),
    })
  })

  it('says that the tools changed', async () => {
    expect(await miss({ ...request, tools: [] })).toMatchObject({ place: 'the tools' })
  })

  it('says when the recording is empty', async () => {
    await recording(speaking(['x']), file).complete(request, signal)
    writeFileSync(file, `${readFileSync(file, 'utf8').split('\n')[0]}\n`)
    await expect(recordedModel(file, options).complete(request, signal)).rejects.toThrow('holds no calls')
  })
})

describe('a recording that cannot be read', () => {
  it('is missing', () => {
    expect(() => recordedModel(file, options)).toThrow(
      expect.objectContaining({ code: 'bad_config', place: file, mend: expect.stringContaining('--record') }),
    )
  })

  it.each(['{"half":', '{"neither":1}', '[]'])('has the line %s', async (line) => {
    await recording(speaking(['x']), file).complete(request, signal)
    const lines = readFileSync(file, 'utf8').trimEnd().split('\n').length
    appendFileSync(file, `${line}\n`)
    expect(() => recordedModel(file, options)).toThrow(
      expect.objectContaining({ code: 'bad_config', place: `${file}:${lines + 1}` }),
    )
  })

  it('has another version, or a text missing', async () => {
    await recording(speaking(['x']), file).complete(request, signal)
    const whole = readFileSync(file, 'utf8')
    writeFileSync(file, whole.replace('"version":1', '"version":2'))
    expect(() => recordedModel(file, options)).toThrow('Line 1')
    writeFileSync(
      file,
      whole
        .split('\n')
        .filter((line) => !line.includes('You are the planner'))
        .join('\n'),
    )
    expect(() => recordedModel(file, options)).toThrow(/text [0-9a-f]{16} is missing/)
  })
})

describe('normalisation', () => {
  it.each([
    ['✓ adds (12.3ms)', '✓ adds (<duration>)'],
    ['done in 0.4 s', 'done in <duration>'],
    ['# duration_ms 45.25', '# duration_ms <duration>'],
    ['ran 3 tests in 2 seconds', 'ran 3 tests in <duration>'],
    ['at 2026-01-02T03:04:05.678Z', 'at <time>'],
    ['at 2026-01-02 03:04:05 +0100', 'at <time>'],
    ['Start at  12:34:56', 'Start at  <time>'],
    ['commit 1a2b3c4 and 0123456789abcdef0123456789abcdef01234567', 'commit <hex> and <hex>'],
    ['run 01932f4c-1111-7abc-8def-0123456789ab', 'run <uuid>'],
    ['in /tmp/devpilot-x1/src/a.ts:3', 'in <tmp>:3'],
    ['in "/private/var/folders/zz/T/x"', 'in "<tmp>"'],
    ['in /data/mine/wt/a.ts', 'in <root1>/wt/a.ts'],
    ['src/tmp/a.ts has 12 lines and 3 sheets', 'src/tmp/a.ts has 12 lines and 3 sheets'],
    ['port 8080, version 1.2.3', 'port 8080, version 1.2.3'],
  ])('turns %j into %j', (text, clean) => {
    expect(normalise(text, ['/data/mine'])).toBe(clean)
    expect(normalise(clean, ['/data/mine'])).toBe(clean)
  })

  const answered = (id: string, output: string): ModelRequest => ({
    ...request,
    messages: [
      { role: 'assistant', content: null, toolCalls: [{ id, name: 'run', arguments: '{}' }] },
      { role: 'tool', toolCallId: id, content: output },
    ],
  })

  it('gives two honest runs one hash', () => {
    expect(requestHash(answered('call_x9', 'ok (12ms) at deadbee'))).toBe(
      requestHash(answered('call_p2', 'ok (7.5 s) at 1234567')),
    )
  })

  it('does not depend on the order of keys', () => {
    const tools = (parameters: Record<string, unknown>) => ({
      ...request,
      tools: [{ name: 'a', description: 'b', parameters }],
    })
    expect(requestHash(tools({ x: 1, y: { p: 1, q: 2 } }))).toBe(
      requestHash(tools({ y: { q: 2, p: 1 }, x: 1 })),
    )
  })

  it('sees every change that counts', () => {
    const changes: Partial<ModelRequest>[] = [
      {},
      { system: 'You are the planner.\nPlan in at most 60 s.' },
      { messages: [{ role: 'user', content: 'Fix the bug in b.ts.' }] },
      { messages: [{ role: 'assistant', content: 'Fix the bug in a.ts.', toolCalls: [] }] },
      { tools: [] },
      { toolChoice: 'required' },
      { maxTokens: 101 },
      { temperature: 0 },
    ]
    expect(new Set(changes.map((change) => requestHash({ ...request, ...change }))).size).toBe(changes.length)
  })

  it('keeps apart results that answer different calls', () => {
    const two = (first: string, second: string): ModelRequest => ({
      ...request,
      messages: [
        {
          role: 'assistant',
          content: null,
          toolCalls: [
            { id: 'a', name: 'run', arguments: '{}' },
            { id: 'b', name: 'run', arguments: '{}' },
          ],
        },
        { role: 'tool', toolCallId: first, content: 'same' },
        { role: 'tool', toolCallId: second, content: 'same' },
      ],
    })
    expect(requestHash(two('a', 'b'))).not.toBe(requestHash(two('b', 'a')))
  })
})
