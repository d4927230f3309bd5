import type { z } from 'zod'
import { runAgent } from '@/lib/agents/loop'
import type { AgentEnd, AgentLimits } from '@/lib/agents/talk'
import type { Tool } from '@/lib/agents/tool'
import type { Workspace } from '@/lib/agents/workspace'
import type { Config } from '@/lib/core/config'
import type { AgentName } from '@/lib/core/flow'
import type { Outcome } from '@/lib/core/outcome'
import type { StepContext } from './ports'

export interface AgentWork<T> {
  readonly agent: AgentName
  readonly values: Readonly<Record<string, string>>
  readonly tools: readonly Tool[]
  readonly workspace: Workspace
  readonly output: z.ZodType<T>
  readonly accept: (value: T) => Promise<string | null>
}

/** Puts an agent to work on its step: prompt, model and limits as the configuration says. */
export async function workAgent<T>(context: StepContext, work: AgentWork<T>): Promise<AgentEnd<T>> {
  const { config } = await context.bench()
  const prompts = await context.prompts()
  const prompt = prompts(work.agent)
  let head = await work.workspace.headSha()
  return runAgent(
    {
      prompt,
      task: work.values,
      tools: work.tools,
      output: work.output,
      accept: work.accept,
      limits: limitsFor(config, work.agent),
    },
    {
      model: await context.model(work.agent),
      record: context.record,
      prompts,
      async commit(turn) {
        await work.workspace.commit(`devpilot: ${work.agent}, turn ${turn}`)
        const before = head
        head = await work.workspace.headSha()
        // A check may have committed in the middle of the turn already.
        return head === before ? null : head
      },
      now: context.now,
      signal: context.signal,
      hangUp: context.hangUp,
    },
  )
}

function limitsFor(config: Config, agent: AgentName): AgentLimits {
  const own = config.agents[agent].limits
  const { limits, llm } = config
  return {
    turns: own.turns ?? limits.turns,
    wallMs: (own.wall_minutes ?? limits.wall_minutes) * 60_000,
    tokens: own.tokens ?? limits.tokens,
    maxTokens: llm.max_tokens,
    temperature: llm.temperature,
  }
}

/** The outcome of an agent that did not finish; `atLimit` is what running out means for its step. */
export function unfinished(
  end: Exclude<AgentEnd<unknown>, { kind: 'finished' }>,
  atLimit: (reason: string) => Outcome,
): Outcome {
  switch (end.kind) {
    case 'stuck':
      return { kind: 'stuck', reason: end.reason }
    case 'budget':
      return { kind: 'budget_spent', reason: end.reason }
    case 'limit':
      return atLimit(end.reason)
    default:
      return end satisfies never
  }
}
