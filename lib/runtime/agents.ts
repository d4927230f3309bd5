import { z } from 'zod'
import { type Prompt, sectionOf } from '@/lib/agents/prompt'
import { type Config, defaultConfig } from '@/lib/core/config'
import { type AgentName, agentNames } from '@/lib/core/flow'
import { configFile } from '@/lib/core/names'
import { AppError, toAppError } from '@/lib/errors'
import type { AgentSheet, ReadAgents } from '@/lib/services/agents/view'
import { roster } from '@/lib/steps/roster'
import { readConfig } from '@/lib/workspace/config/parse'
import { modelFor } from './models'
import { checkedPrompt, shippedPrompt } from './prompts'

/** The agents of this installation, with what a repository sets otherwise. */
export const readAgents: ReadAgents = async (base) => {
  const text = (await base?.read(configFile)) ?? null
  const read = text === null ? null : readConfig(text)
  const config = read && 'config' in read ? read.config : defaultConfig()
  const tools = shippedPrompt('tools')
  return Promise.all(agentNames.map((agent) => sheetOf(agent, config, tools, base)))
}

async function sheetOf(
  agent: AgentName,
  config: Config,
  tools: Prompt,
  base: Parameters<ReadAgents>[0],
): Promise<AgentSheet> {
  const role = roster[agent]
  const own = config.agents[agent].limits
  const { $schema: _, ...output } = z.toJSONSchema(role.output, { io: 'input' })
  return {
    agent,
    about: role.about,
    enabled: config.agents[agent].enabled,
    prompt: await promptOf(agent, base),
    tools: [...role.tools, 'finish'].map((name) => ({ name, about: sectionOf(tools, name) })),
    output: JSON.stringify(output, null, 2),
    limits: {
      turns: own.turns ?? config.limits.turns,
      minutes: own.wall_minutes ?? config.limits.wall_minutes,
      tokens: own.tokens ?? config.limits.tokens,
    },
    model: await modelOf(agent, config),
  }
}

async function promptOf(agent: AgentName, base: Parameters<ReadAgents>[0]): Promise<AgentSheet['prompt']> {
  const path = `.devpilot/prompts/${agent}.md`
  const text = (await base?.read(path)) ?? null
  if (text === null) return shown(shippedPrompt(agent), `prompts/${agent}.md`, false, null)
  try {
    return shown(checkedPrompt(agent, text), path, true, null)
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    return shown(shippedPrompt(agent), `prompts/${agent}.md`, false, `${path}: ${error.message}`)
  }
}

function shown(prompt: Prompt, path: string, own: boolean, problem: string | null): AgentSheet['prompt'] {
  const { version, hash, placeholders } = prompt
  const sections = Object.entries(prompt.sections).map(([title, text]) => ({ title, text }))
  return { version, hash, path, own, sections, placeholders: [...placeholders], problem }
}

async function modelOf(agent: AgentName, config: Config): Promise<AgentSheet['model']> {
  const fallback = config.llm.fallback_model ?? null
  try {
    const { provider, name, price } = await modelFor(agent, { config, overrides: {}, roots: [] })
    const shownPrice = price ? { input: price.input, output: price.output } : null
    return { provider, name, fallback, price: shownPrice, problem: null }
  } catch (error) {
    const { code, message, mend } = toAppError(error)
    if (code !== 'bad_config') throw error
    const problem = mend ? `${message} ${mend}` : message
    const name = config.agents[agent].model ?? config.llm.model ?? null
    return { provider: config.llm.provider ?? null, name, fallback, price: null, problem }
  }
}
