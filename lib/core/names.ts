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

export const triggerNames = [
  'github_issue',
  'ci_failure',
  'sentry_alert',
  'schedule',
  'manual',
  'cli',
  'api',
  'kestra',
  'chat',
] as const
export type TriggerName = (typeof triggerNames)[number]

/** What happens to a run, as its events tell it. */
export const runEventKinds = ['run', 'bead', 'turn', 'tool', 'log', 'gate', 'evidence', 'effect'] as const

/** How much a line of a run's log matters. */
export const logLevels = ['info', 'warning', 'error'] as const
