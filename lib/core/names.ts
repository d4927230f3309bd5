/** Who models come from. `oumi` is an Oumi-served one, `recorded` replays a recording. */
export const providerNames = ['openai', 'together', 'anthropic', 'compatible', 'oumi', 'recorded'] as const
export type ProviderName = (typeof providerNames)[number]

/** The prompt files: one an agent, the loop's own messages, the tools' descriptions. */
export const promptNames = ['planner', 'coder', 'reviewer', 'tester', 'debugger', 'tools', 'loop'] as const
export type PromptName = (typeof promptNames)[number]

/** The file that says how DevPilot works on a repository, at its top. */
export const configFile = 'devpilot.yaml'

/** The name under which checks stand on a forge. */
export const checkName = 'devpilot'
