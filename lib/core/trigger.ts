import { z } from 'zod'
import { agentNames } from './flow'
import { configFile, promptNames, providerNames } from './names'

/** What a run is asked to do, as it came in. `log` is the failure that a debugger starts from. */
export const triggerTaskSchema = z.object({
  title: z.string().min(1).max(300),
  body: z.string().max(200_000).default(''),
  issue: z.int().min(1).optional(),
  /** Of the issue, where its being set asked for the run. */
  label: z.string().optional(),
  url: z.string().optional(),
  log: z.string().max(1_000_000).optional(),
  /** For a single agent run from the CLI. */
  files: z.array(z.string()).optional(),
})
export type TriggerTask = z.infer<typeof triggerTaskSchema>

/** Who did something: a person, an agent of a run, or the system itself. */
export const actorSchema = z.object({
  kind: z.enum(['user', 'agent', 'system']),
  /** `owner` for the single user of an installation without accounts. */
  id: z.string().min(1),
  name: z.string().min(1),
  /** `dashboard`, `cli`, `api`, `github`, `slack`. */
  via: z.string().optional(),
})
export type Actor = z.infer<typeof actorSchema>

/** A file as a person wrote it on a page, for the step `write`. */
export const proposedFileSchema = z.object({
  path: z.literal(configFile),
  content: z.string().min(1).max(262_144),
  /** SHA-256 in hex of the base's text that it was written from; null: the base had none. */
  replaces: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .nullable(),
})

/** What one run sets otherwise than the repository's configuration. */
export const runOverridesSchema = z.object({
  /** Steps instead of the named flow. */
  steps: z.array(z.string()).optional(),
  provider: z.enum(providerNames).optional(),
  model: z.string().min(1).max(200).optional(),
  /** A model for one agent, before `model`. */
  models: z.partialRecord(z.enum(agentNames), z.string().min(1).max(200)).optional(),
  /** Prompts by name, each the text of a whole file, instead of the repository's and ours. */
  prompts: z.partialRecord(z.enum(promptNames), z.string().max(200_000)).optional(),
  /** A recording to replay, a path of the server's machine; over the API only below its folders for them. */
  recording: z.string().optional(),
  /** Where to record this run's calls to. */
  record: z.string().optional(),
  target: z.string().optional(),
  write: proposedFileSchema.optional(),
  /** The configuration's text instead of the base branch's devpilot.yaml. */
  config: z.string().max(1_000_000).optional(),
})
export type RunOverrides = z.infer<typeof runOverridesSchema>
