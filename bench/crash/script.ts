import type { ModelResponse } from '@/lib/agents/model'
import type { Asked } from './messages'

/** What every answer costs: 100 tokens in, 10 out, at a dollar a million. */
export const PRICE = { input: 1, output: 1, cachedInput: 1 } as const
export const MICROS_AN_ANSWER = 110

const calls: Readonly<Record<string, readonly (readonly [name: string, input: Record<string, unknown>])[]>> =
  {
    planner: [['finish', { summary: 'One task.' }]],
    coder: [
      ['write_file', { path: 'first.txt', content: 'one\n' }],
      ['write_file', { path: 'second.txt', content: 'two\n' }],
      ['finish', { summary: 'Two files.' }],
    ],
    reviewer: [['finish', { summary: 'Good.' }]],
  }

/** Turns that a run takes when nothing goes wrong. */
export const TURNS = Object.values(calls).reduce((sum, list) => sum + list.length, 0)

/** The scripted model: the same turn of the same step gets the same calls; `id` tells one answer from another. */
export function answerOf({ step, turn, run }: Asked, id: number): ModelResponse {
  const [name, input] = calls[step]?.[turn - 1] ?? ['finish', { summary: `There is no turn ${turn}.` }]
  // Each run has its own files, so that no merge is in the way of another.
  const own = 'path' in input ? { ...input, path: `${run}/${String(input.path)}` } : input
  return {
    content: `answer ${id}`,
    toolCalls: [{ id: `call-${id}`, name, arguments: JSON.stringify(own) }],
    finish: 'tool_calls',
    usage: { inputTokens: 100, outputTokens: 10, cachedInputTokens: 0, estimated: false },
    model: 'script-1',
  }
}
