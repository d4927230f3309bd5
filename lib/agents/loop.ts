import { AppError } from '@/lib/core/app-error'
import { MAX_MALFORMED, malformedInARow } from '@/lib/core/conversation'
import { costMicros, worstCaseMicros } from '@/lib/core/cost'
import { acceptedBefore, act } from './act'
import { boundedMessages, requestTokens } from './messages'
import type { ModelMessage, ModelRequest } from './model'
import { defaultProgress, stuckReason } from './progress'
import { render } from './prompt'
import type { Turn } from './record'
import type { AgentEnd, AgentPorts, AgentSpec, Talk } from './talk'
import { toolSpec } from './tool'

/**
 * The loop of every agent: build the context, call the model, run its tools, save the turn, check the limits,
 * repeat until `finish` is accepted. It goes on from the turns that are there; nothing paid for is asked again.
 * @throws AppError('model_error') for a refusal or three malformed answers in a row, 'cancelled' at a turn's border.
 */
export async function runAgent<T>(spec: AgentSpec<T>, ports: AgentPorts): Promise<AgentEnd<T>> {
  const talk: Talk<T> = { spec, ports, loop: ports.prompts('loop'), turns: [...(await ports.record.turns())] }
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
    const told = nextMessage(talk)
    if ('stuck' in told) return { kind: 'stuck', reason: told.stuck }
    const spent = await ask(talk, told)
    if (spent) return { kind: 'budget', reason: spent }
  }
}

/** Turns since the conversation last began anew: what the model still sees. */
function current<T>(talk: Talk<T>): Turn[] {
  const start = talk.turns.findLastIndex((turn) => turn.fresh)
  return talk.turns.slice(Math.max(0, start))
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

type Told = { readonly text: string; readonly fresh: boolean } | { readonly stuck: string }

/** What the model is told next beyond its tools' results; or that it had its second chance. */
function nextMessage<T>(talk: Talk<T>): Told {
  const turns = current(talk)
  const last = turns.at(-1)
  if (!last) return { text: '', fresh: true }
  const malformed = malformedInARow(talk.turns)
  if (malformed >= MAX_MALFORMED) {
    const raw = last.content ?? last.toolCalls.map((call) => `${call.name}(${call.arguments})`).join('\n')
    throw new AppError(
      'model_error',
      `The model gave ${MAX_MALFORMED} answers in a row that cannot be used. The last: ${raw.slice(0, 2_000)}`,
      {
        mend: 'Try another model (llm.model, or --model); small ones often cannot call tools.',
      },
    )
  }
  const reason = stuckReason(turns, defaultProgress)
  if (reason === null) return { text: notice(talk, last), fresh: false }
  if (talk.turns.filter((turn) => turn.fresh).length > 1) return { stuck: reason }
  return { text: render(talk.loop, 'hint', { reason }), fresh: true }
}

function notice<T>({ loop }: Talk<T>, last: Turn): string {
  if (last.finish === 'length') return render(loop, 'truncated')
  return last.toolCalls.length === 0 ? render(loop, 'no_tool_call') : ''
}

/** Calls the model once and saves what it answered. Returns why it could not be paid, or null. */
async function ask<T>(talk: Talk<T>, told: { text: string; fresh: boolean }): Promise<string | null> {
  const { spec, ports, turns } = talk
  const request = buildRequest(talk, told)
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
  const turn = await ports.record.answered(
    {
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
      startedAt,
      endedAt: new Date(ports.now()),
    },
    held.reservation,
  )
  // The record is redacted; what is carried out, and what the model sees of itself, is what it said.
  turns.push({ ...turn, content: response.content, toolCalls: response.toolCalls })
  return null
}

function refused(turn: Turn): AppError {
  return new AppError('model_error', `The model refused: ${(turn.content ?? '').slice(0, 500)}`, {
    mend: 'Reword the task, or use another model.',
  })
}

function buildRequest<T>(talk: Talk<T>, told: { text: string; fresh: boolean }): ModelRequest {
  const { spec, ports } = talk
  const messages: ModelMessage[] = [{ role: 'user', content: spec.task }]
  for (const turn of told.fresh ? [] : current(talk)) {
    if (turn.request !== '') messages.push({ role: 'user', content: turn.request })
    messages.push({ role: 'assistant', content: turn.content, toolCalls: turn.toolCalls })
    for (const { toolCallId, content } of turn.toolResults ?? [])
      messages.push({ role: 'tool', toolCallId, content })
  }
  if (told.text !== '') messages.push({ role: 'user', content: told.text })
  const descriptions = ports.prompts('tools')
  const tools = spec.tools.map((tool) => toolSpec(tool.name, tool.parameters, descriptions))
  return {
    system: render(spec.prompt, 'system'),
    messages: boundedMessages(messages),
    tools: [...tools, toolSpec('finish', spec.output, descriptions)],
    toolChoice: 'required',
    maxTokens: spec.limits.maxTokens,
    temperature: spec.limits.temperature,
  }
}
