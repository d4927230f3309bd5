import { describe, expect, it } from 'vitest'
import { createModel } from '@/lib/models'
import { mock, modelAt, never, raw, request, sendJson, type Wire, wires } from './models-wire'

describe.each(wires)('a model over HTTP: $provider', (wire: Wire) => {
  it('answers with text, usage and the name of the model', async () => {
    const server = await mock()
    server.onMessage(/.*/, { content: 'Done.', usage: { prompt_tokens: 120, completion_tokens: 7 } })
    const one = modelAt(wire, server.url)
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
    const one = modelAt(wire, server.url)
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
    const answer = await modelAt(wire, server.url).complete(request, never)
    expect(answer.toolCalls).toEqual([{ id: 'x1', name: 'read_file', arguments: '{"path": "a.ts' }])
    expect(answer.finish).toBe('tool_calls')
  })

  it('says that an answer was cut at the limit', async () => {
    const server = await mock()
    server.onMessage(/.*/, { content: 'The begin', finishReason: 'length' })
    const answer = await modelAt(wire, server.url).complete(request, never)
    expect(answer).toMatchObject({ content: 'The begin', finish: 'length' })
  })

  it('says that an answer was cut in the middle of a tool call', async () => {
    const server = await mock()
    const toolCalls = [{ id: 'c', name: 'read_file', arguments: '{"path":"a"}' }]
    server.onMessage(/.*/, { toolCalls, finishReason: 'length' })
    expect((await modelAt(wire, server.url).complete(request, never)).finish).toBe('length')
  })

  it('tells a refusal', async () => {
    const chat = wire.provider !== 'anthropic'
    const body = wire.answer(chat ? { refusal: 'I cannot.' } : { text: 'I cannot.', finish: 'refusal' })
    const server = await raw((response) => sendJson(response, 200, body))
    expect(await modelAt(wire, server.url).complete(request, never)).toMatchObject({
      finish: 'refusal',
      content: 'I cannot.',
    })
  })

  it('counts tokens itself where the provider sends none', async () => {
    const server = await raw((response) => sendJson(response, 200, wire.answer({ text: 'x'.repeat(40) })))
    const { usage } = await modelAt(wire, server.url).complete(request, never)
    expect(usage).toMatchObject({ outputTokens: 10, cachedInputTokens: 0, estimated: true })
    expect(usage.inputTokens).toBeGreaterThan(20)
  })

  it('refuses to be made without a key, naming the variable', () => {
    expect(() => createModel({ provider: wire.provider, model: wire.model })).toThrow(
      expect.objectContaining({ code: 'bad_config', place: wire.keyVariable }),
    )
  })
})
