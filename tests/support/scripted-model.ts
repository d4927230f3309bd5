import { appendFileSync, readFileSync } from 'node:fs'
import type { Model, ModelPrice, ModelRequest, ModelResponse } from '@/lib/agents/model'
import type { ToolCall } from '@/lib/core/turn'

export interface Answer {
  readonly content?: string
  readonly calls?: readonly { readonly name: string; readonly arguments: string; readonly id?: string }[]
  readonly finish?: ModelResponse['finish']
  readonly tokens?: number
  readonly lostTries?: number
  /** Runs while the call is under way; what it throws, the call throws. */
  readonly during?: (signal: AbortSignal) => void | Promise<void>
}

/** A call with its arguments as JSON. */
export function call(name: string, input: unknown): { name: string; arguments: string } {
  return { name, arguments: JSON.stringify(input) }
}

export interface ScriptedModel extends Model {
  readonly requests: ModelRequest[]
}

/** A model that gives the listed answers in order; an answer beyond the list is an error of the test. */
export function scriptedModel(answers: readonly Answer[], price: ModelPrice | null = null): ScriptedModel {
  const requests: ModelRequest[] = []
  return {
    provider: 'scripted',
    name: 'script',
    price,
    requests,
    async complete(request, signal) {
      requests.push(structuredClone(request))
      const answer = answers[requests.length - 1]
      if (!answer) throw new Error(`The script has no answer ${requests.length}.`)
      return respond(answer, requests.length, signal)
    },
  }
}

/** As `scriptedModel`, with its place in a file: a process that comes after another goes on in the script. */
export function sharedScript(answers: readonly Answer[], file: string): Model {
  return {
    provider: 'scripted',
    name: 'script',
    price: null,
    async complete(_request, signal) {
      appendFileSync(file, 'x')
      const place = readFileSync(file, 'utf8').length
      const answer = answers[place - 1]
      if (!answer) throw new Error(`The script has no answer ${place}.`)
      return respond(answer, place, signal)
    },
  }
}

async function respond(answer: Answer, place: number, signal: AbortSignal): Promise<ModelResponse> {
  await answer.during?.(signal)
  const toolCalls: ToolCall[] = (answer.calls ?? []).map((one, i) => ({
    id: one.id ?? `call-${place}-${i}`,
    name: one.name,
    arguments: one.arguments,
  }))
  return {
    content: answer.content ?? null,
    toolCalls,
    finish: answer.finish ?? (toolCalls.length > 0 ? 'tool_calls' : 'stop'),
    usage: { inputTokens: answer.tokens ?? 100, outputTokens: 10, cachedInputTokens: 0, estimated: false },
    model: 'script-1',
    ...(answer.lostTries === undefined ? {} : { lostTries: answer.lostTries }),
  }
}
