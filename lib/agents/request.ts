import { AppError } from '@/lib/core/app-error'
import { MAX_MALFORMED, malformedInARow } from '@/lib/core/conversation'
import type { Opening } from '@/lib/core/opening'
import { boundedMessages } from './messages'
import type { ModelMessage, ModelRequest } from './model'
import { defaultProgress, stuckReason } from './progress'
import { fill, type Prompt, render, sectionOf } from './prompt'
import type { Turn } from './record'
import type { AgentPorts, AgentSpec } from './talk'
import { toolSpec } from './tool'

/** What the model is told beyond the turns before, and whether it is shown none of them. */
export interface Message {
  readonly text: string
  readonly fresh: boolean
}

/** What the model is told next beyond its tools' results; or that it had its second chance. */
export function nextMessage(loop: Prompt, all: readonly Turn[]): Message | { readonly stuck: string } {
  const turns = current(all)
  const last = turns.at(-1)
  if (!last) return { text: '', fresh: true }
  const malformed = malformedInARow(all)
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
  if (reason === null) return { text: notice(loop, last), fresh: false }
  if (all.filter((turn) => turn.fresh).length > 1) return { stuck: reason }
  return { text: render(loop, 'hint', { reason }), fresh: true }
}

function notice(loop: Prompt, last: Turn): string {
  if (last.finish === 'length') return render(loop, 'truncated')
  return last.toolCalls.length === 0 ? render(loop, 'no_tool_call') : ''
}

/** The request that follows these turns. `name` is the prompt's, for its error. */
export function buildRequest(
  name: string,
  opening: Opening,
  turns: readonly Turn[],
  told: Message,
): ModelRequest {
  const { system, template, values, tools, maxTokens, temperature } = opening
  const messages: ModelMessage[] = [{ role: 'user', content: fill(name, template, values) }]
  for (const turn of told.fresh ? [] : current(turns)) {
    if (turn.request !== '') messages.push({ role: 'user', content: turn.request })
    messages.push({ role: 'assistant', content: turn.content, toolCalls: turn.toolCalls })
    for (const { toolCallId, content } of turn.toolResults ?? [])
      messages.push({ role: 'tool', toolCallId, content })
  }
  if (told.text !== '') messages.push({ role: 'user', content: told.text })
  return {
    system,
    messages: boundedMessages(messages),
    tools,
    toolChoice: 'required',
    maxTokens,
    temperature,
  }
}

/**
 * The agent with the facts that its conversation was begun with: what they are made of may have changed since, by its
 * own doing. One that the record keeps redacted is taken as it is now.
 */
export function begunWith<T>(spec: AgentSpec<T>, turns: readonly Turn[]): AgentSpec<T> {
  const sent = turns.findLast(({ opening }) => opening !== null)?.opening
  if (!sent) return spec
  const keep = (name: string, now: string): string => {
    const then = sent.values[name]
    return then === undefined || isLost(sent, name, then) ? now : then
  }
  const { task } = spec
  if (typeof task === 'string') return { ...spec, task: keep('task', task) }
  const values = Object.entries(task).map(([name, now]) => [name, keep(name, now)] as const)
  return { ...spec, task: Object.fromEntries(values) }
}

/** Records from before say not which of their values are redacted. */
function isLost({ lost }: Opening, name: string, then: string): boolean {
  return lost === undefined ? then.includes('[redacted]') : lost.includes(name)
}

/** What every request of this agent begins with. */
export function openingOf<T>(spec: AgentSpec<T>, { prompts }: Pick<AgentPorts, 'prompts'>): Opening {
  const { prompt, task, limits } = spec
  // Rendered to see that every value has its placeholder, and every placeholder its value.
  if (typeof task !== 'string') render(prompt, 'task', task)
  const first =
    typeof task === 'string'
      ? { template: '{{task}}', values: { task } }
      : { template: sectionOf(prompt, 'task'), values: { ...task } }
  const descriptions = prompts('tools')
  const tools = spec.tools.map((tool) => toolSpec(tool.name, tool.parameters, descriptions))
  return {
    system: render(prompt, 'system'),
    ...first,
    tools: [...tools, toolSpec('finish', spec.output, descriptions)],
    maxTokens: limits.maxTokens,
    temperature: limits.temperature,
  }
}

/** Turns since the conversation last began anew: what the model still sees. */
function current(turns: readonly Turn[]): readonly Turn[] {
  return turns.slice(
    Math.max(
      0,
      turns.findLastIndex((turn) => turn.fresh),
    ),
  )
}
