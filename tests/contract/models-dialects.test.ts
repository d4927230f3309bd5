import { afterEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { Model, ModelRequest } from '@/lib/agents/model'
import { createModel, type ModelConfig } from '@/lib/models'
import { noSleep, type RawServer, rawServer, sendJson, type Wire, wires } from './models-wire'

const never = new AbortController().signal
const request: ModelRequest = {
  system: 'You are the coder.',
  messages: [{ role: 'user', content: 'Fix it.' }],
  tools: [],
  toolChoice: 'auto',
  maxTokens: 100,
  temperature: 0.2,
}
const tool = { name: 'finish', description: 'Ends.', parameters: { type: 'object', properties: {} } }

let server: RawServer | undefined
afterEach(async () => server?.close())

function wireOf(provider: Wire['provider']): Wire {
  const found = wires.find((wire) => wire.provider === provider)
  if (!found) throw new Error(`no wire ${provider}`)
  return found
}

/** A model whose server gives these answers in turn, the last one for ever. */
async function scripted(
  provider: Wire['provider'],
  answers: readonly { status?: number; body: unknown }[],
  more: Partial<ModelConfig> = {},
): Promise<{ model: Model; sent: () => Record<string, unknown>[] }> {
  const wire = wireOf(provider)
  const own = await rawServer((response, turn) => {
    const answer = answers[Math.min(turn, answers.length) - 1]
    sendJson(response, answer?.status ?? 200, answer?.body)
  })
  server = own
  return {
    model: createModel({
      provider,
      model: wire.model,
      apiKey: 'test-key-0123',
      baseUrl: wire.base(own.url),
      retry: noSleep().retry,
      ...more,
    }),
    sent: () => own.bodies.map((body) => z.record(z.string(), z.unknown()).parse(JSON.parse(body))),
  }
}

const chat = wireOf('openai').answer
const message = wireOf('anthropic').answer

describe('chat completions', () => {
  it('sends max_tokens and temperature to models that take them, and no tools where there are none', async () => {
    const { model, sent } = await scripted('openai', [{ body: chat({ text: 'ok' }) }])
    await model.complete(request, never)
    expect(sent()[0]).toEqual({
      model: 'gpt-4.1',
      max_tokens: 100,
      temperature: 0.2,
      messages: [
        { role: 'system', content: 'You are the coder.' },
        { role: 'user', content: 'Fix it.' },
      ],
    })
  })

  it.each(['gpt-5', 'o3-mini', 'gpt-5.5-pro', 'openai/o4'])('knows that %s reasons', async (name) => {
    const { model, sent } = await scripted('openai', [{ body: chat({ text: 'ok' }) }], { model: name })
    await model.complete(request, never)
    expect(sent()[0]).toMatchObject({ max_completion_tokens: 100 })
    expect(sent()[0]).not.toHaveProperty('max_tokens')
    expect(sent()[0]).not.toHaveProperty('temperature')
  })

  it('learns from a refusal once which parameters a model takes', async () => {
    const refuse = (text: string) => ({
      status: 400,
      body: { error: { message: text, code: 'unsupported_parameter' } },
    })
    const { model, sent } = await scripted('openai', [
      refuse("'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead."),
      refuse("Unsupported value: 'temperature' does not support 0.2 with this model."),
      { body: chat({ text: 'ok' }) },
    ])
    await model.complete(request, never)
    await model.complete(request, never)
    expect(sent()).toHaveLength(4)
    expect(sent()[3]).toMatchObject({ max_completion_tokens: 100 })
    expect(sent()[3]).not.toHaveProperty('temperature')
  })

  it('learns for calls side by side', async () => {
    const held: (() => void)[] = []
    const own = await rawServer((response) => {
      const refused = own.bodies.at(-1)?.includes('"max_tokens"') === true
      if (!refused) return sendJson(response, 200, chat({ text: 'ok' }))
      held.push(() => sendJson(response, 400, { error: { message: 'use max_completion_tokens' } }))
      if (held.length === 2) for (const answer of held) answer()
    })
    server = own
    const model = createModel({
      provider: 'openai',
      model: 'tomorrow',
      apiKey: 'test-key-0123',
      baseUrl: `${own.url}/v1`,
      retry: noSleep().retry,
    })
    const both = await Promise.all([model.complete(request, never), model.complete(request, never)])
    expect(both.map((answer) => answer.content)).toEqual(['ok', 'ok'])
  })

  it('does not go round for ever when a model refuses whatever it is sent', async () => {
    const body = { error: { message: 'max_completion_tokens and temperature are wrong' } }
    const { model, sent } = await scripted('openai', [{ status: 400, body }])
    await expect(model.complete(request, never)).rejects.toMatchObject({
      code: 'model_error',
      transient: false,
    })
    expect(sent()).toHaveLength(3)
  })

  it('reads cached tokens, arguments sent as an object, missing ids and a content filter', async () => {
    const usage = { prompt_tokens: 90, completion_tokens: 5, prompt_tokens_details: { cached_tokens: 64 } }
    const calls = [{ id: '', name: 'finish', input: { ok: true } }]
    const { model } = await scripted('openai', [
      { body: chat({ calls, usage }) },
      { body: chat({ text: 'x', finish: 'content_filter' }) },
    ])
    const first = await model.complete({ ...request, tools: [tool] }, never)
    expect(first.usage).toEqual({ inputTokens: 90, outputTokens: 5, cachedInputTokens: 64, estimated: false })
    expect(first.toolCalls[0]).toMatchObject({ name: 'finish', arguments: '{"ok":true}' })
    expect(first.toolCalls[0]?.id).not.toBe('')
    expect(first.finish).toBe('tool_calls')
    expect((await model.complete(request, never)).finish).toBe('refusal')
  })

  it('counts tokens itself where a server sends zeros', async () => {
    const usage = { prompt_tokens: 0, completion_tokens: 0 }
    const { model } = await scripted('openai', [{ body: chat({ text: 'four', usage }) }])
    expect((await model.complete(request, never)).usage).toMatchObject({ estimated: true, outputTokens: 1 })
  })

  it('asks for a tool call where one is required', async () => {
    const { model, sent } = await scripted('openai', [{ body: chat({ text: 'ok' }) }])
    await model.complete({ ...request, tools: [tool], toolChoice: 'required' }, never)
    expect(sent()[0]).toMatchObject({
      tool_choice: 'required',
      tools: [{ type: 'function', function: { name: 'finish', parameters: tool.parameters } }],
    })
  })
})

describe.each(['compatible', 'oumi'] as const)('a server of one own: %s', (provider) => {
  it('works without a key and without a price', async () => {
    const { model, sent } = await scripted('openai', [{ body: chat({ text: 'ok' }) }], {
      provider,
      model: 'llama3',
      apiKey: undefined,
    })
    expect(model).toMatchObject({ provider: 'compatible', name: 'llama3', price: null })
    expect((await model.complete(request, never)).content).toBe('ok')
    expect(sent()[0]).toMatchObject({ model: 'llama3', max_tokens: 100 })
  })

  it('wants an address', () => {
    expect(() => createModel({ provider, model: 'llama3' })).toThrow(
      expect.objectContaining({ code: 'bad_config', mend: expect.stringContaining('http://') }),
    )
  })
})

describe('anthropic', () => {
  it('marks the prefix for the cache, merges tool results into one user message, and never sends broken JSON', async () => {
    const { model, sent } = await scripted('anthropic', [{ body: message({ text: 'ok' }) }])
    await model.complete(
      {
        ...request,
        toolChoice: 'required',
        temperature: 1.4,
        tools: [tool, { ...tool, name: 'read' }],
        messages: [
          { role: 'user', content: 'Fix it.' },
          {
            role: 'assistant',
            content: 'Reading. \n',
            toolCalls: [
              { id: 'a:1', name: 'read', arguments: '{"path":"a"}' },
              { id: 'b', name: 'read', arguments: '{oops' },
            ],
          },
          { role: 'tool', toolCallId: 'a:1', content: 'A' },
          { role: 'tool', toolCallId: 'b', content: 'no JSON' },
          { role: 'user', content: 'Hint.' },
        ],
      },
      never,
    )
    const mark = { cache_control: { type: 'ephemeral' } }
    expect(sent()[0]).toMatchObject({
      max_tokens: 100,
      temperature: 1,
      tool_choice: { type: 'any' },
      system: [{ type: 'text', text: 'You are the coder.', ...mark }],
      messages: [
        { role: 'user', content: [{ type: 'text', text: 'Fix it.', ...mark }] },
        {
          role: 'assistant',
          content: [
            { type: 'text', text: 'Reading.' },
            { type: 'tool_use', id: 'a_1', name: 'read', input: { path: 'a' } },
            { type: 'tool_use', id: 'b', name: 'read', input: { malformed_arguments: '{oops' } },
          ],
        },
        {
          role: 'user',
          content: [
            { type: 'tool_result', tool_use_id: 'a_1', content: 'A' },
            { type: 'tool_result', tool_use_id: 'b', content: 'no JSON' },
            { type: 'text', text: 'Hint.', ...mark },
          ],
        },
      ],
    })
    expect(JSON.stringify(sent()[0]).match(/cache_control/g)).toHaveLength(4)
    expect(z.array(z.unknown()).parse(sent()[0]?.tools)).toEqual([
      expect.not.objectContaining(mark),
      expect.objectContaining(mark),
    ])
  })

  it('counts what was read from and written to the cache as input', async () => {
    const usage = {
      input_tokens: 10,
      output_tokens: 5,
      cache_creation_input_tokens: 200,
      cache_read_input_tokens: 3_000,
    }
    const { model } = await scripted('anthropic', [{ body: message({ text: 'ok', usage }) }])
    expect((await model.complete(request, never)).usage).toEqual({
      inputTokens: 3_210,
      outputTokens: 5,
      cachedInputTokens: 3_000,
      estimated: false,
    })
  })

  it('learns once that a model refuses a temperature', async () => {
    const body = {
      type: 'error',
      error: { type: 'invalid_request_error', message: 'temperature is deprecated' },
    }
    const { model, sent } = await scripted('anthropic', [
      { status: 400, body },
      { body: message({ text: 'ok' }) },
    ])
    await model.complete(request, never)
    await model.complete(request, never)
    expect(sent().map((one) => 'temperature' in one)).toEqual([true, false, false])
  })

  it('leaves thinking out of the answer and takes a full context window for a cut', async () => {
    const body = {
      content: [
        { type: 'thinking', thinking: 'hm', signature: 's' },
        { type: 'text', text: 'ok' },
      ],
      stop_reason: 'model_context_window_exceeded',
    }
    const { model } = await scripted('anthropic', [{ body }])
    expect(await model.complete(request, never)).toMatchObject({ content: 'ok', finish: 'length' })
  })
})
