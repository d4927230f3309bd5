import { LLMock } from '@copilotkit/aimock'
import { afterEach, describe, expect, it } from 'vitest'
import type { Model, ModelRequest } from '@/lib/agents/model'
import { createModel, type ModelConfig } from '@/lib/models'
import { noSleep, type RawServer, rawServer, sendJson, type Wire, wires } from './models-wire'

const key = 'test-key-0123456789abcdef'
const request: ModelRequest = {
  system: 'You are the coder.',
  messages: [{ role: 'user', content: 'Fix the bug.' }],
  tools: [
    {
      name: 'read_file',
      description: 'Reads a file.',
      parameters: { type: 'object', properties: { path: { type: 'string' } }, required: ['path'] },
    },
  ],
  toolChoice: 'auto',
  maxTokens: 500,
  temperature: 0.2,
}
const never = new AbortController().signal

const started: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const stop of started.splice(0)) await stop()
})

async function mock(options: ConstructorParameters<typeof LLMock>[0] = {}): Promise<LLMock> {
  const server = new LLMock({ port: 0, logLevel: 'silent', ...options })
  await server.start()
  started.push(() => server.stop())
  return server
}

async function raw(...given: Parameters<typeof rawServer>): Promise<RawServer> {
  const server = await rawServer(...given)
  started.push(server.close)
  return server
}

describe.each(wires)('a model over HTTP: $provider', (wire: Wire) => {
  const model = (url: string, more: Partial<ModelConfig> = {}): Model =>
    createModel({
      provider: wire.provider,
      model: wire.model,
      apiKey: key,
      baseUrl: wire.base(url),
      retry: noSleep().retry,
      ...more,
    })

  it('answers with text, usage and the name of the model', async () => {
    const server = await mock()
    server.onMessage(/.*/, { content: 'Done.', usage: { prompt_tokens: 120, completion_tokens: 7 } })
    const one = model(server.url)
    expect(await one.complete(request, never)).toEqual({
      content: 'Done.',
      toolCalls: [],
      finish: 'stop',
      usage: { inputTokens: 120, outputTokens: 7, cachedInputTokens: 0, estimated: false },
      model: wire.model,
    })
    expect(one).toMatchObject({ provider: wire.provider, name: wire.model })
    expect(one.price?.output).toBeGreaterThan(0)
  })

  it('keeps parallel tool calls in order, and sends their results back where the API wants them', async () => {
    const server = await mock()
    server.on(
      { hasToolResult: false },
      {
        toolCalls: [
          { id: 'call_a', name: 'read_file', arguments: '{"path":"a.ts"}' },
          { id: 'call_b', name: 'read_file', arguments: '{"path":"b.ts"}' },
        ],
      },
    )
    server.on({ hasToolResult: true }, { content: 'Both read.' })
    const one = model(server.url)
    const first = await one.complete(request, never)
    expect(first.finish).toBe('tool_calls')
    expect(first.toolCalls.map((call) => [call.id, JSON.parse(call.arguments)])).toEqual([
      ['call_a', { path: 'a.ts' }],
      ['call_b', { path: 'b.ts' }],
    ])
    const second = await one.complete(
      {
        ...request,
        messages: [
          ...request.messages,
          { role: 'assistant', content: first.content, toolCalls: first.toolCalls },
          { role: 'tool', toolCallId: 'call_a', content: 'A' },
          { role: 'tool', toolCallId: 'call_b', content: 'B' },
          { role: 'user', content: 'Go on.' },
          {
            role: 'assistant',
            content: null,
            toolCalls: [{ id: 'call_c', name: 'read_file', arguments: '{bad' }],
          },
          { role: 'tool', toolCallId: 'call_c', content: 'not JSON' },
        ],
      },
      never,
    )
    expect(second.content).toBe('Both read.')
    const sent = server.getLastRequest()?.body
    expect(JSON.stringify(sent)).toContain('call_c')
  })

  it('passes malformed tool arguments through as they came', async () => {
    const server = await raw((response) =>
      sendJson(
        response,
        200,
        wire.answer({
          calls: [{ id: 'x1', name: 'read_file', input: '{"path": "a.ts' }],
          finish: 'tool_calls',
        }),
      ),
    )
    const answer = await model(server.url).complete(request, never)
    expect(answer.toolCalls).toEqual([{ id: 'x1', name: 'read_file', arguments: '{"path": "a.ts' }])
    expect(answer.finish).toBe('tool_calls')
  })

  it('says that an answer was cut at the limit', async () => {
    const server = await mock()
    server.onMessage(/.*/, { content: 'The begin', finishReason: 'length' })
    const answer = await model(server.url).complete(request, never)
    expect(answer).toMatchObject({ content: 'The begin', finish: 'length' })
  })

  it('says that an answer was cut in the middle of a tool call', async () => {
    const server = await mock()
    const toolCalls = [{ id: 'c', name: 'read_file', arguments: '{"path":"a"}' }]
    server.onMessage(/.*/, { toolCalls, finishReason: 'length' })
    expect((await model(server.url).complete(request, never)).finish).toBe('length')
  })

  it('waits as a 429 asks, then answers', async () => {
    const server = await mock()
    let turn = 0
    server.onMessage(/.*/, () => {
      turn += 1
      return turn === 1 ? { error: { message: 'slow down' }, status: 429, retryAfter: 7 } : { content: 'ok' }
    })
    const { waits, retry } = noSleep()
    expect((await model(server.url, { retry }).complete(request, never)).content).toBe('ok')
    expect(waits).toEqual([7_000])
  })

  it('honours retry-after-ms and retry-after as a date', async () => {
    const server = await raw((response, turn) => {
      if (turn === 1) sendJson(response, 429, { error: { message: 'x' } }, { 'retry-after-ms': '1234' })
      else if (turn === 2) {
        sendJson(response, 503, { error: { message: 'x' } }, { 'retry-after': new Date(0).toUTCString() })
      } else sendJson(response, 200, wire.answer({ text: 'ok' }))
    })
    const { waits, retry } = noSleep()
    await model(server.url, { retry }).complete(request, never)
    expect(waits).toEqual([1_234, 0])
  })

  it('gives up at once, with the wait kept, when the server asks for longer than a call may wait', async () => {
    const server = await mock()
    server.onMessage(/.*/, { error: { message: 'daily limit' }, status: 429, retryAfter: 3_600 })
    const { waits, retry } = noSleep()
    await expect(model(server.url, { retry }).complete(request, never)).rejects.toMatchObject({
      code: 'model_error',
      transient: true,
      retryAfterMs: 3_600_000,
    })
    expect(waits).toEqual([])
  })

  it('gets over a 500', async () => {
    const server = await mock()
    server.onMessage(/.*/, { content: 'ok' })
    server.nextRequestError(500, { message: 'boom' })
    const { waits, retry } = noSleep()
    expect((await model(server.url, { retry }).complete(request, never)).content).toBe('ok')
    expect(waits).toHaveLength(1)
  })

  it('tries a lasting 500 five times in all, then fails as transient', async () => {
    const server = await mock()
    server.onMessage(/.*/, { error: { message: 'boom' }, status: 500 })
    const { waits, retry } = noSleep()
    await expect(model(server.url, { retry }).complete(request, never)).rejects.toMatchObject({
      code: 'model_error',
      transient: true,
      message: expect.stringMatching(/500: boom \(tried 5 times\)$/),
    })
    expect(server.getRequests()).toHaveLength(5)
    expect(waits).toEqual([500, 1_000, 2_000, 4_000])
  })

  it.each(['before its headers', 'in the middle of its body'])(
    'ends an answer that hangs %s, and tries again',
    async (place) => {
      const server = await raw((response, turn) => {
        if (turn > 1) return sendJson(response, 200, wire.answer({ text: 'ok' }))
        if (place === 'before its headers') return
        response.writeHead(200, { 'content-type': 'application/json' })
        response.write('{"id":')
      })
      const answer = await model(server.url, { timeoutMs: 500 }).complete(request, never)
      expect(answer.content).toBe('ok')
      expect(server.bodies).toHaveLength(2)
    },
  )

  it('fails as transient, with the address, when nothing listens', async () => {
    const server = await rawServer(() => undefined)
    await server.close()
    await expect(model(server.url).complete(request, never)).rejects.toMatchObject({
      code: 'model_error',
      transient: true,
      message: expect.stringContaining('ECONNREFUSED'),
      mend: expect.stringContaining(server.url),
    })
  })

  it('gets over a connection that is cut in the middle of a body', async () => {
    const server = await raw((response, turn) => {
      if (turn > 1) return sendJson(response, 200, wire.answer({ text: 'ok' }))
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': '500' })
      response.write('{"id"')
      response.destroy()
    })
    expect((await model(server.url).complete(request, never)).content).toBe('ok')
  })

  it('tells a refusal', async () => {
    const chat = wire.provider !== 'anthropic'
    const body = wire.answer(chat ? { refusal: 'I cannot.' } : { text: 'I cannot.', finish: 'refusal' })
    const server = await raw((response) => sendJson(response, 200, body))
    expect(await model(server.url).complete(request, never)).toMatchObject({
      finish: 'refusal',
      content: 'I cannot.',
    })
  })

  it('counts tokens itself where the provider sends none', async () => {
    const server = await raw((response) => sendJson(response, 200, wire.answer({ text: 'x'.repeat(40) })))
    const { usage } = await model(server.url).complete(request, never)
    expect(usage).toMatchObject({ outputTokens: 10, cachedInputTokens: 0, estimated: true })
    expect(usage.inputTokens).toBeGreaterThan(20)
  })

  it('aborts in the middle of a call, at once and without another try', async () => {
    const stop = new AbortController()
    const server = await raw(() => stop.abort())
    await expect(model(server.url).complete(request, stop.signal)).rejects.toMatchObject({
      code: 'cancelled',
    })
    expect(server.bodies).toHaveLength(1)
  })

  it('aborts in the middle of a wait', async () => {
    const server = await mock()
    server.onMessage(/.*/, { error: { message: 'boom' }, status: 500 })
    const stop = new AbortController()
    const sleep = async (): Promise<void> => stop.abort()
    const call = model(server.url, { retry: { sleep } }).complete(request, stop.signal)
    await expect(call).rejects.toMatchObject({ code: 'cancelled' })
    expect(server.getRequests()).toHaveLength(1)
  })

  it('names the variable of a refused key, once, and never shows the key', async () => {
    const server = await raw((response) =>
      sendJson(response, 401, { error: { message: `Incorrect API key provided: ${key}`, type: 'auth' } }),
    )
    const error = await model(server.url)
      .complete(request, never)
      .catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({
      code: 'model_error',
      transient: false,
      place: wire.keyVariable,
      mend: expect.stringContaining(wire.keyVariable),
      message: expect.stringContaining('[redacted]'),
    })
    expect(String(error)).not.toContain(key)
    expect(server.bodies).toHaveLength(1)
  })

  it('names the model when the provider does not know it', async () => {
    const server = await mock()
    server.onMessage(/.*/, { error: { message: 'no such model' }, status: 404 })
    await expect(model(server.url).complete(request, never)).rejects.toMatchObject({
      transient: false,
      place: 'llm.model',
      mend: expect.stringContaining(wire.model),
    })
  })

  it('says that the request is too long', async () => {
    const message =
      wire.provider === 'anthropic' ? 'prompt is too long: 9 > 8' : 'maximum context length is 8'
    const server = await mock()
    server.onMessage(/.*/, { error: { message, code: 'context_length_exceeded' }, status: 400 })
    await expect(model(server.url).complete(request, never)).rejects.toMatchObject({
      transient: false,
      place: expect.stringMatching(/1 messages, about \d+ tokens/),
      mend: expect.stringContaining('context'),
    })
    expect(server.getRequests()).toHaveLength(1)
  })

  it('does not try a spent account again', async () => {
    const server = await mock()
    const error = {
      message: 'Your credit balance is too low: check your billing.',
      type: 'insufficient_quota',
    }
    server.onMessage(/.*/, { error, status: 429 })
    await expect(model(server.url).complete(request, never)).rejects.toMatchObject({
      transient: false,
      mend: expect.stringContaining('credit'),
    })
    expect(server.getRequests()).toHaveLength(1)
  })

  it.each([
    ['HTML', 'text/html', '<html>welcome</html>'],
    ['cut JSON', 'application/json', '{"id": "c1", "choi'],
    ['other JSON', 'application/json', '{"hello":1}'],
    ['nothing', 'application/json', ''],
  ])('fails with the body and the address when it gets %s', async (_, type, body) => {
    const server = await raw((response) => {
      response.writeHead(200, { 'content-type': type })
      response.end(body)
    })
    await expect(model(server.url).complete(request, never)).rejects.toMatchObject({
      code: 'model_error',
      message: expect.stringContaining('tried 5 times'),
      mend: expect.stringContaining(server.url),
    })
    expect(server.bodies).toHaveLength(5)
  })

  it('refuses to be made without a key, naming the variable', () => {
    expect(() => createModel({ provider: wire.provider, model: wire.model })).toThrow(
      expect.objectContaining({ code: 'bad_config', place: wire.keyVariable }),
    )
  })
})
