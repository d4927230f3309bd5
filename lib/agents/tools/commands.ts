import { z } from 'zod'
import { defineTool, type Tool } from '../tool'

/** Runs one of the project's checks and gives its findings as text. */
export type RunCheck = (name: string) => Promise<string>

/** `run_command` over the commands that this agent may run, by name: no agent writes a command line. */
export function commandTool(names: readonly [string, ...string[]], run: RunCheck): Tool {
  return defineTool({
    name: 'run_command',
    parameters: z.strictObject({ command: z.enum(names) }),
    run: ({ command }) => run(command),
  })
}
