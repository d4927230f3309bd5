import { z } from 'zod'
import type { ToolSpec } from './model'
import { type Prompt, render } from './prompt'

/** A tool that an agent may call. What it returns, or throws as AppError, is told to the model. */
export interface Tool {
  readonly name: string
  readonly parameters: z.ZodType
  run(input: unknown): Promise<string>
}

/** A tool whose input is parsed by its schema before it runs. */
export function defineTool<S extends z.ZodType>(tool: {
  readonly name: string
  readonly parameters: S
  readonly run: (input: z.infer<S>) => Promise<string>
}): Tool {
  return { ...tool, run: (input) => tool.run(tool.parameters.parse(input)) }
}

/** A tool as models see it; its description is the section of its name in prompts/tools.md. */
export function toolSpec(name: string, parameters: z.ZodType, descriptions: Prompt): ToolSpec {
  const { $schema: _, ...schema } = z.toJSONSchema(parameters, { io: 'input' })
  return { name, description: render(descriptions, name), parameters: schema }
}
