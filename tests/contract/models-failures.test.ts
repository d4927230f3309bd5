import { describe, expect, it } from 'vitest'
import {
  key,
  mock,
  modelAt,
  never,
  noSleep,
  raw,
  rawServer,
  request,
  sendJson,
  type Wire,
  wires,
} from './models-wire'

describe.each(wires)('a model over HTTP that fails: $provider', (wire: Wire) => {
  it('waits as a 429 asks, then answers', async () => {
    const server = await mock()
    let turn = 0
    server.onMessage(/.*/, () => {
      turn += 1
      return turn === 1 ? { error: { message: 'slow down' }, status: 429, retryAfter: 7 } : { content: 'ok' }
    })
    const { waits, retry } = noSleep()
    expect((await modelAt(wire, server.url, { retry }).complete(request, never)).content).toBe('ok')
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
    await modelAt(wire, server.url, { retry }).complete(request, never)
    expect(waits).toEqual([1_234, 0])
  })

  it('gives up at once, with the wait kept, when the server asks for longer than a call may wait', async () => {
    const server = await mock()
    server.onMessage(/.*/, { error: { message: 'daily limit' }, status: 429, retryAfter: 3_600 })
    const { waits, retry } = noSleep()
    await expect(modelAt(wire, server.url, { retry }).complete(request, never)).rejects.toMatchObject({
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
    expect((await modelAt(wire, server.url, { retry }).complete(request, never)).content).toBe('ok')
    expect(waits).toHaveLength(1)
  })

  it('tries a lasting 500 five times in all, then fails as transient', async () => {
    const server = await mock()
    server.onMessage(/.*/, { error: { message: 'boom' }, status: 500 })
    const { waits, retry } = noSleep()
    await expect(modelAt(wire, server.url, { retry }).complete(request, never)).rejects.toMatchObject({
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
      const answer = await modelAt(wire, server.url, { timeoutMs: 500 }).complete(request, never)
      expect(answer.content).toBe('ok')
      expect(server.bodies).toHaveLength(2)
    },
  )

  it('fails as transient, with the address, when nothing listens', async () => {
    const server = await rawServer(() => undefined)
    await server.close()
    await expect(modelAt(wire, server.url).complete(request, never)).rejects.toMatchObject({
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
    expect((await modelAt(wire, server.url).complete(request, never)).content).toBe('ok')
  })

  it('aborts in the middle of a call, at once and without another try', async () => {
    const stop = new AbortController()
    const server = await raw(() => stop.abort())
    await expect(modelAt(wire, server.url).complete(request, stop.signal)).rejects.toMatchObject({
      code: 'cancelled',
    })
    expect(server.bodies).toHaveLength(1)
  })

  it('aborts in the middle of a wait', async () => {
    const server = await mock()
    server.onMessage(/.*/, { error: { message: 'boom' }, status: 500 })
    const stop = new AbortController()
    const sleep = async (): Promise<void> => stop.abort()
    const call = modelAt(wire, server.url, { retry: { sleep } }).complete(request, stop.signal)
    await expect(call).rejects.toMatchObject({ code: 'cancelled' })
    expect(server.getRequests()).toHaveLength(1)
  })

  it('names the variable of a refused key, once, and never shows the key', async () => {
    const server = await raw((response) =>
      sendJson(response, 401, { error: { message: `Incorrect API key provided: ${key}`, type: 'auth' } }),
    )
    const error = await modelAt(wire, server.url)
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
    await expect(modelAt(wire, server.url).complete(request, never)).rejects.toMatchObject({
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
    await expect(modelAt(wire, server.url).complete(request, never)).rejects.toMatchObject({
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
    await expect(modelAt(wire, server.url).complete(request, never)).rejects.toMatchObject({
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
    await expect(modelAt(wire, server.url).complete(request, never)).rejects.toMatchObject({
      code: 'model_error',
      message: expect.stringContaining('tried 5 times'),
      mend: expect.stringContaining(server.url),
    })
    expect(server.bodies).toHaveLength(5)
  })
})
