import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { LLMock } from '@copilotkit/aimock'
import { afterEach } from 'vitest'
import type { Model, ModelRequest } from '@/lib/agents/model'
import { createModel, type ModelConfig } from '@/lib/models'

/** The three wires that the contract is held over, with the shapes that a mock server cannot be told to send. */
export interface Wire {
  readonly provider: 'openai' | 'together' | 'anthropic'
  readonly model: string
  /** Where the SDK's base URL lies below the server's address. */
  readonly base: (url: string) => string
  readonly keyVariable: string
  readonly answer: (parts: RawAnswer) => unknown
}

export interface RawAnswer {
  readonly text?: string
  readonly calls?: readonly { id: string; name: string; input: unknown }[]
  /** In the words of the wire. */
  readonly finish?: string
  readonly usage?: unknown
  readonly refusal?: string
}

const chatAnswer = (model: string) => (parts: RawAnswer) => ({
  id: 'c1',
  object: 'chat.completion',
  model,
  choices: [
    {
      index: 0,
      finish_reason: parts.finish ?? 'stop',
      message: {
        role: 'assistant',
        content: parts.text ?? null,
        ...(parts.refusal === undefined ? {} : { refusal: parts.refusal }),
        ...(parts.calls
          ? {
              tool_calls: parts.calls.map((call) => ({
                id: call.id,
                type: 'function',
                function: { name: call.name, arguments: call.input },
              })),
            }
          : {}),
      },
    },
  ],
  ...(parts.usage === undefined ? {} : { usage: parts.usage }),
})

export const wires: readonly Wire[] = [
  {
    provider: 'openai',
    model: 'gpt-4.1',
    base: (url) => `${url}/v1`,
    keyVariable: 'OPENAI_API_KEY',
    answer: chatAnswer('gpt-4.1'),
  },
  {
    provider: 'together',
    model: 'meta-llama/Llama-3.3-70B-Instruct-Turbo',
    base: (url) => `${url}/v1`,
    keyVariable: 'TOGETHER_API_KEY',
    answer: chatAnswer('meta-llama/Llama-3.3-70B-Instruct-Turbo'),
  },
  {
    provider: 'anthropic',
    model: 'claude-sonnet-4-5',
    base: (url) => url,
    keyVariable: 'ANTHROPIC_API_KEY',
    answer: (parts) => ({
      id: 'm1',
      type: 'message',
      role: 'assistant',
      model: 'claude-sonnet-4-5',
      content: [
        ...(parts.text === undefined ? [] : [{ type: 'text', text: parts.text }]),
        ...(parts.calls ?? []).map((call) => ({ type: 'tool_use', ...call })),
      ],
      stop_reason: parts.finish ?? 'end_turn',
      ...(parts.usage === undefined ? {} : { usage: parts.usage }),
    }),
  },
]

export interface RawServer {
  readonly url: string
  readonly bodies: string[]
  readonly close: () => Promise<void>
}

/** A server that answers as told, for what no mock server can be made to do: hang, cut a body, leave usage out. */
export async function rawServer(
  handle: (response: ServerResponse, turn: number, request: IncomingMessage) => void,
): Promise<RawServer> {
  const bodies: string[] = []
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      bodies.push(Buffer.concat(chunks).toString('utf8'))
      handle(response, bodies.length, request)
    })
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const address = server.address()
  if (typeof address !== 'object' || address === null) throw new Error('the server has no port')
  return {
    url: `http://127.0.0.1:${address.port}`,
    bodies,
    close: () =>
      new Promise((done) => {
        server.close(() => done())
        server.closeAllConnections()
      }),
  }
}

/** Answers with a JSON body. */
export function sendJson(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers })
  response.end(JSON.stringify(body))
}

/** Sleeps that only note how long they were asked to be. */
export function noSleep(): { waits: number[]; retry: NonNullable<ModelConfig['retry']> } {
  const waits: number[] = []
  const sleep = async (ms: number): Promise<void> => {
    waits.push(ms)
  }
  return { waits, retry: { sleep, random: () => 0 } }
}

export const key = 'test-key-0123456789abcdef'
export const never = new AbortController().signal
export const request: ModelRequest = {
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

const started: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const stop of started.splice(0)) await stop()
})

/** A mock server of somebody else's make, stopped after the test. */
export async function mock(): Promise<LLMock> {
  const server = new LLMock({ port: 0, logLevel: 'silent' })
  await server.start()
  started.push(() => server.stop())
  return server
}

/** A `rawServer` that is stopped after the test. */
export async function raw(...given: Parameters<typeof rawServer>): Promise<RawServer> {
  const server = await rawServer(...given)
  started.push(server.close)
  return server
}

/** The model of a wire at a server's address; its waits take no time. */
export function modelAt(wire: Wire, url: string, more: Partial<ModelConfig> = {}): Model {
  return createModel({
    provider: wire.provider,
    model: wire.model,
    apiKey: key,
    baseUrl: wire.base(url),
    retry: noSleep().retry,
    ...more,
  })
}
