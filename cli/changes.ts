import { basename } from 'node:path'
import { z } from 'zod'
import { type AgentName, agentNames } from '@/lib/core/flow'
import { type PromptName, promptNames } from '@/lib/core/names'
import { nearest } from '@/lib/core/nearest'
import { AppError } from '@/lib/errors'
import { parseConfig } from '@/lib/workspace/config/parse'
import { textOf } from './start'

/** Flags of the commands that put another prompt, model or configuration in the place of a run's. */
export const changeOptions = z.object({
  prompt: z.array(z.string()).default([]),
  model: z.array(z.string().min(1)).default([]),
  config: z.string().min(1).optional(),
})

interface Changes {
  readonly prompts?: Partial<Record<PromptName, string>>
  readonly model?: string
  readonly models?: Partial<Record<AgentName, string>>
  readonly config?: string
}

/** What these flags name, read. @throws AppError('bad_request' | 'bad_config') that names the flag and the mend */
export async function changesOf(options: z.output<typeof changeOptions>): Promise<Changes> {
  const prompts: Partial<Record<PromptName, string>> = {}
  for (const text of options.prompt) {
    const { name, value } = pair(text, '--prompt', '--prompt coder=my-coder.md')
    prompts[oneOf(name, promptNames, '--prompt', 'prompt')] = await textOf(value, '--prompt')
  }
  const models: Partial<Record<AgentName, string>> = {}
  let model: string | undefined
  for (const text of options.model) {
    // No model's name has a `=` behind letters alone: it is an agent's, or one mistyped.
    if (!/^[a-z]+=/.test(text)) {
      model = text
      continue
    }
    const { name, value } = pair(text, '--model', '--model coder=gpt-4.1')
    models[oneOf(name, agentNames, '--model', 'agent')] = value
  }
  const config = options.config === undefined ? undefined : await textOf(options.config, '--config')
  if (config !== undefined) parseConfig(config, basename(options.config ?? ''))
  return {
    ...(options.prompt.length === 0 ? {} : { prompts }),
    ...(model === undefined ? {} : { model }),
    ...(Object.keys(models).length === 0 ? {} : { models }),
    ...(config === undefined ? {} : { config }),
  }
}

function pair(text: string, flag: string, example: string): { name: string; value: string } {
  const at = text.indexOf('=')
  if (at > 0 && at < text.length - 1) return { name: text.slice(0, at), value: text.slice(at + 1) }
  throw new AppError('bad_request', `${flag}: "${text}" is no name=value.`, { mend: `As in ${example}.` })
}

function oneOf<T extends string>(text: string, names: readonly T[], flag: string, what: string): T {
  const known = names.find((name) => name === text)
  if (known) return known
  const like = nearest(text, names)
  throw new AppError(
    'bad_request',
    `${flag}: there is no ${what} "${text}".${like ? ` Did you mean "${like}"?` : ''}`,
    { mend: `They are ${names.join(', ')}.` },
  )
}
