import { z } from 'zod'
import { AppError } from '@/lib/core/app-error'
import { MALFORMED } from '@/lib/core/conversation'
import type { ToolCall, ToolResult } from '@/lib/core/turn'
import { untilKept } from './kept'
import { render } from './prompt'
import type { Turn } from './record'
import type { Talk } from './talk'
import type { Tool } from './tool'

/**
 * Runs the tools of a turn, `finish` last, commits and saves. Returns what was handed in, when accepted.
 * @param resumed the turn was read from the record, where what looks like a secret is not kept
 */
export async function act<T>(talk: Talk<T>, turn: Turn, resumed: boolean): Promise<{ value: T } | null> {
  const { ports } = talk
  const results = new Map<string, ToolResult>()
  let accepted: { value: T } | null = null
  const finishLast = [...turn.toolCalls].sort(
    (a, b) => Number(a.name === 'finish') - Number(b.name === 'finish'),
  )
  for (const call of finishLast) {
    const started = ports.now()
    const result = await carryOut(talk, call, resumed)
    if ('accepted' in result && result.accepted) accepted = result.accepted
    const durationMs = Math.max(0, Math.round(ports.now() - started))
    results.set(call.id, {
      toolCallId: call.id,
      content: result.content,
      isError: result.isError,
      durationMs,
    })
    const told = {
      turn: turn.seq,
      tool: call.name,
      isError: result.isError,
      durationMs,
      call: call.arguments.slice(0, 400),
      // What a command printed is what people follow a log for; other results stand in their turn.
      result: result.content.slice(0, call.name === 'run_command' ? 4_000 : 400),
    }
    // A line that is told twice is better than a tool that works twice.
    await untilKept(() => ports.record.event('tool', told), ports.hangUp)
  }
  const headSha = await ports.commit(turn.seq)
  const ordered = turn.toolCalls.flatMap((call) => results.get(call.id) ?? [])
  await untilKept(() => ports.record.completed(turn, ordered, headSha), ports.hangUp)
  talk.turns[talk.turns.length - 1] = { ...turn, toolResults: ordered, headSha }
  return accepted
}

const ACCEPTED = 'Accepted.'
interface Ran<T> {
  readonly content: string
  readonly isError: boolean
  readonly accepted?: { value: T } | null
}

const REDACTED = '[redacted]'

/** One call. A redacted one is asked for again: carried out, it would write the redaction into somebody's file. */
async function carryOut<T>(talk: Talk<T>, call: ToolCall, resumed: boolean): Promise<Ran<T>> {
  if (call.name === 'finish') return finish(talk, call)
  if (resumed && call.arguments.includes(REDACTED))
    return { content: render(talk.loop, 'not_kept'), isError: true }
  return runTool(talk.spec.tools, call)
}

async function finish<T>({ spec, loop }: Talk<T>, call: ToolCall): Promise<Ran<T>> {
  const input = parseJson(call.arguments)
  if ('problem' in input) return { content: MALFORMED + input.problem, isError: true }
  const parsed = spec.output.safeParse(input.value)
  if (!parsed.success) return { content: MALFORMED + z.prettifyError(parsed.error), isError: true }
  const problem = await spec.accept(parsed.data)
  if (problem !== null) return { content: render(loop, 'not_accepted', { problem }), isError: true }
  return { content: ACCEPTED, isError: false, accepted: { value: parsed.data } }
}

/** Runs one call of these tools. What it throws ends the step; everything else is told to the model. */
export async function runTool(
  tools: readonly Tool[],
  call: ToolCall,
): Promise<{ readonly content: string; readonly isError: boolean }> {
  const tool = tools.find((one) => one.name === call.name)
  if (!tool) {
    const names = [...tools.map((one) => one.name), 'finish'].join(', ')
    return { content: `${MALFORMED}there is no tool "${call.name}". The tools are ${names}.`, isError: true }
  }
  const input = parseJson(call.arguments)
  if ('problem' in input) return { content: MALFORMED + input.problem, isError: true }
  try {
    return { content: await tool.run(input.value), isError: false }
  } catch (error) {
    if (error instanceof z.ZodError) return { content: MALFORMED + z.prettifyError(error), isError: true }
    if (!(error instanceof AppError) || toTheRun.includes(error.code)) throw error
    return { content: `${error.message}${error.mend ? ` ${error.mend}` : ''}`, isError: true }
  }
}

/** These end the step; everything else is told to the model. */
const toTheRun = ['lease_lost', 'cancelled', 'disk_full', 'unavailable', 'internal']

function parseJson(text: string): { value: unknown } | { problem: string } {
  try {
    return { value: JSON.parse(text === '' ? '{}' : text) }
  } catch (error) {
    return {
      problem: `the arguments are not JSON (${error instanceof Error ? error.message : 'unreadable'}).`,
    }
  }
}

/** What was handed in and accepted before this worker took the run over. */
export function acceptedBefore<T>({ spec }: Talk<T>, last: Turn): { value: T } | null {
  const index = last.toolCalls.findIndex(
    (call, i) => call.name === 'finish' && last.toolResults?.[i]?.content === ACCEPTED,
  )
  if (index === -1) return null
  const input = parseJson(last.toolCalls[index]?.arguments ?? '')
  const parsed = 'problem' in input ? null : spec.output.safeParse(input.value)
  return parsed?.success ? { value: parsed.data } : null
}
