import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { z } from 'zod'

const requestSchema = z.object({
  messages: z.array(
    z.object({
      role: z.enum(['system', 'user', 'assistant', 'tool']),
      content: z.string().nullish(),
    }),
  ),
})

export const roles = ['planner', 'coder', 'reviewer', 'tester', 'debugger'] as const
export type Role = (typeof roles)[number]

/** One call that came in. */
export interface Ask {
  readonly role: Role
  /** Answers of the model so far in this conversation. */
  readonly turn: number
  /** Calls of this role so far, this one included. */
  readonly nth: number
  /** The first message: the filled task of the prompt. */
  readonly task: string
  /** What came last: a tool's result, or a hint. */
  readonly last: string
  /** Resolves when the caller hangs up. */
  readonly gone: Promise<void>
}

export interface Reply {
  readonly calls?: readonly (readonly [name: string, input: unknown])[]
  readonly content?: string
  /** Of input and of output. */
  readonly tokens?: readonly [number, number]
}

export type Script = (ask: Ask) => Reply | Promise<Reply>

export interface ModelServer {
  /** The base URL with its `/v1`. */
  readonly url: string
  /** Roles in the order of the calls that came in, and whether each got its answer. */
  readonly asked: { readonly role: Role; readonly body: string; answered: boolean }[]
  close(): Promise<void>
}

/**
 * A real server that speaks OpenAI's chat completions and answers from a function. A call that the script does not
 * answer before the caller hangs up stays unanswered. What the script throws becomes a 400 that says it.
 */
export async function modelServer(script: Script): Promise<ModelServer> {
  const asked: ModelServer['asked'] = []
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const parts: Buffer[] = []
    for await (const part of request) parts.push(Buffer.from(part))
    const body = Buffer.concat(parts).toString('utf8')
    const { messages } = requestSchema.parse(JSON.parse(body))
    const system = messages.find((message) => message.role === 'system')?.content ?? ''
    const role = roles.find((name) => system.includes(`You are the ${name} `))
    if (!role) throw new Error(`No agent is known by: ${system.slice(0, 200)}`)
    const call = { role, body, answered: false }
    asked.push(call)
    const reply = await script({
      role,
      turn: messages.filter((message) => message.role === 'assistant').length,
      nth: asked.filter((other) => other.role === role).length,
      task: messages.find((message) => message.role === 'user')?.content ?? '',
      last: messages.at(-1)?.content ?? '',
      gone: new Promise((resolve) => response.once('close', () => resolve())),
    })
    if (response.destroyed) return
    call.answered = true
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify(completion(reply, asked.length)))
  }
  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => {
      response.statusCode = 400
      response.end(JSON.stringify({ error: { message: `the script: ${String(error)}` } }))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}/v1`,
    asked,
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

function completion({ calls = [], content, tokens: [input, output] = [1_000, 100] }: Reply, number: number) {
  const toolCalls = calls.map(([name, value], index) => ({
    id: `call_${number}_${index}`,
    type: 'function',
    function: { name, arguments: typeof value === 'string' ? value : JSON.stringify(value) },
  }))
  return {
    id: `chatcmpl-${number}`,
    object: 'chat.completion',
    created: 1_700_000_000,
    model: 'scripted-1',
    choices: [
      {
        index: 0,
        finish_reason: toolCalls.length > 0 ? 'tool_calls' : 'stop',
        message: {
          role: 'assistant',
          content: content ?? null,
          ...(toolCalls.length > 0 ? { tool_calls: toolCalls } : {}),
        },
      },
    ],
    usage: { prompt_tokens: input, completion_tokens: output, total_tokens: input + output },
  }
}
