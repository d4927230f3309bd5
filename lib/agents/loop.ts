import { AppError } from '@/lib/core/app-error'
import { costMicros, worstCaseMicros } from '@/lib/core/cost'
import { acceptedBefore, act } from './act'
import { untilKept } from './kept'
import { requestTokens } from './messages'
import type { Turn } from './record'
import { begunWith, buildRequest, type Message, nextMessage, openingOf } from './request'
import type { AgentEnd, AgentPorts, AgentSpec, Talk } from './talk'

/**
 * The loop of every agent: build the context, call the model, run its tools, save the turn, check the limits,
 * repeat until `finish` is accepted. It goes on from the turns that are there; nothing paid for is asked again.
 * @throws AppError('model_error') for a refusal or three malformed answers in a row, 'cancelled' at a turn's border.
 */
export async function runAgent<T>(spec: AgentSpec<T>, ports: AgentPorts): Promise<AgentEnd<T>> {
  const turns = [...(await ports.record.turns())]
  const talk: Talk<T> = {
    spec,
    ports,
    loop: ports.prompts('loop'),
    opening: openingOf(begunWith(spec, turns), ports),
    kept: turns.length,
    turns,
  }
  for (let resumed = true; ; resumed = false) {
    const last = talk.turns.at(-1)
    if (last?.finish === 'refusal') throw refused(last)
    if (last) {
      const done = last.toolResults ? acceptedBefore(talk, last) : await act(talk, last, resumed)
      if (done) return { kind: 'finished', value: done.value }
    }
    if (ports.signal.aborted)
      throw new AppError('cancelled', 'Stopped at a turn’s border.', { cause: ports.signal.reason })
    const over = limitReached(talk)
    if (over) return { kind: 'limit', reason: over }
    const told = nextMessage(talk.loop, talk.turns)
    if ('stuck' in told) return { kind: 'stuck', reason: told.stuck }
    const spent = await ask(talk, told)
    if (spent) return { kind: 'budget', reason: spent }
  }
}

/** Time at work, in ms: a run that waited for money or for another worker did not work meanwhile. */
function workedMs(turn: Turn): number {
  const tools = (turn.toolResults ?? []).reduce((sum, result) => sum + result.durationMs, 0)
  return turn.endedAt.getTime() - turn.startedAt.getTime() + tools
}

function limitReached<T>({ turns, spec }: Talk<T>): string | null {
  const { limits } = spec
  if (turns.length >= limits.turns) return `${turns.length} turns were taken, the limit is ${limits.turns}`
  if (turns.reduce((sum, turn) => sum + workedMs(turn), 0) > limits.wallMs) {
    return `it took longer than ${Math.round(limits.wallMs / 60_000)} minutes`
  }
  const tokens = turns.reduce((sum, turn) => sum + turn.usage.inputTokens + turn.usage.outputTokens, 0)
  return tokens > limits.tokens ? `${tokens} tokens were used, the limit is ${limits.tokens}` : null
}

/** Calls the model once and saves what it answered. Returns why it could not be paid, or null. */
async function ask<T>(talk: Talk<T>, told: Message): Promise<string | null> {
  const { spec, ports, turns, opening } = talk
  const request = buildRequest(spec.prompt.name, opening, turns, told)
  const { price } = ports.model
  const micros = price
    ? worstCaseMicros({ inputTokens: requestTokens(request), maxTokens: spec.limits.maxTokens, price })
    : 0
  const held = await ports.record.reserve(micros)
  if (!held.ok) return held.reason
  const startedAt = new Date(ports.now())
  const response = await ports.model.complete(request, ports.hangUp).catch(async (error: unknown) => {
    const uncharged = error instanceof AppError && error.uncharged
    await (uncharged ? ports.record.release(held.reservation) : ports.record.charged(held.reservation))
    throw error
  })
  const lostMicros = (response.lostTries ?? 0) * micros
  const answer = {
    seq: turns.length + 1,
    request: told.text,
    fresh: told.fresh,
    content: response.content,
    toolCalls: response.toolCalls,
    finish: response.finish,
    usage: response.usage,
    costMicros: (price ? costMicros(response.usage, price) : 0) + lostMicros,
    prompt: { name: spec.prompt.name, version: spec.prompt.version, hash: spec.prompt.hash },
    model: response.model,
    asked: request,
    opening: told.fresh || turns.length === talk.kept ? opening : null,
    startedAt,
    endedAt: new Date(ports.now()),
  }
  const turn = await untilKept(() => ports.record.answered(answer, held.reservation), ports.hangUp)
  // The record is redacted; what is carried out, and what the model sees of itself, is what it said.
  turns.push({ ...turn, content: response.content, toolCalls: response.toolCalls })
  return null
}

function refused(turn: Turn): AppError {
  return new AppError('model_error', `The model refused: ${(turn.content ?? '').slice(0, 500)}`, {
    mend: 'Reword the task, or use another model.',
  })
}
