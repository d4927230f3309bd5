import { z } from 'zod'
import { providerNames, triggerNames } from './names'
import { findingCategories } from './review'

/** Names of the fields are those of seed 004 section 4; every part may be absent, an empty file works. */
export const configLanguages = ['typescript', 'javascript', 'python', 'go', 'rust', 'java'] as const
const command = z.string().min(1).max(2000)
const confidence = z.number().min(0).max(1)
const dollars = z.number().min(0)
/** A step's name; `flowFor` says which exist, so that a wrong one gets the same message from a file and a flag. */
const flow = z.array(z.string().min(1)).min(1).max(50)

const project = z.strictObject({
  name: z.string().min(1).max(200).optional(),
  language: z.enum(configLanguages).optional(),
  setup_command: command.optional().describe('Installs the dependencies; absent: the package manager’s way.'),
  test_command: command.optional(),
  lint_command: command.optional(),
  type_command: command.optional(),
  main_branch: z.string().min(1).max(200).optional(),
  protected_paths: z
    .array(z.string().min(1))
    .default([])
    .describe('Paths, with * and **, that no agent may change.'),
})

const prices = z.strictObject({
  input_per_million: dollars,
  output_per_million: dollars,
  cached_input_per_million: dollars.optional(),
})

const llm = z.strictObject({
  provider: z.enum(providerNames).optional().describe('Absent: the first provider whose key is set.'),
  model: z.string().min(1).optional(),
  fallback_model: z.string().min(1).optional(),
  base_url: z.url().optional(),
  max_tokens: z.int().min(256).max(200_000).default(8192).describe('Of one answer.'),
  temperature: z.number().min(0).max(2).default(0.2),
  prices: prices.optional().describe('US dollars per million tokens, for models without a public price.'),
})

const stepLimits = z.strictObject({
  turns: z.int().min(1).max(1000).optional(),
  wall_minutes: z.number().positive().max(1440).optional(),
  tokens: z.int().min(1000).optional(),
})

const agentCommon = {
  enabled: z.boolean().default(true),
  model: z.string().min(1).optional(),
  limits: stepLimits.prefault({}),
}

const agents = z.strictObject({
  planner: z.strictObject({ ...agentCommon, max_subtasks: z.int().min(1).max(50).default(10) }).prefault({}),
  coder: z
    .strictObject({
      ...agentCommon,
      max_iterations: z.int().min(1).max(20).default(3),
      style_guide: z.string().min(1).optional(),
    })
    .prefault({}),
  reviewer: z
    .strictObject({
      ...agentCommon,
      auto_approve_threshold: confidence.default(0.92),
      block_on: z.array(z.enum(findingCategories)).default(['security', 'data_loss']),
    })
    .prefault({}),
  tester: z
    .strictObject({
      ...agentCommon,
      frameworks: z.array(z.string().min(1)).default([]),
      coverage_threshold: z.number().min(0).max(100).optional(),
      generate_on: z
        .array(z.enum(['new_file', 'modified_function']))
        .default(['new_file', 'modified_function']),
    })
    .prefault({}),
  debugger: z
    .strictObject({
      ...agentCommon,
      max_fix_attempts: z.int().min(1).max(20).default(3),
      sources: z
        .array(z.enum(['ci_logs', 'sentry', 'test_output']))
        .default(['ci_logs', 'sentry', 'test_output']),
    })
    .prefault({}),
})

const gate = z.strictObject({
  id: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]*$/, 'Use lower-case letters, digits and dashes.')
    .max(100),
  trigger: z
    .string()
    .regex(
      /^(always|before_merge|before_merge_to_\S+|on_low_confidence)$/,
      'Use before_merge, before_merge_to_<branch>, on_low_confidence or always.',
    )
    .default('always'),
  type: z.enum(['human_approval', 'confidence_gate']),
  threshold: confidence.optional().describe('For on_low_confidence: under this, people are asked.'),
  notify: z.array(z.enum(['slack', 'email', 'github'])).default([]),
  required_approvers: z.int().min(1).max(20).default(1),
  timeout_hours: z.number().positive().max(8760).nullable().default(null),
  on_timeout: z.enum(['block', 'auto_approve', 'escalate']).default('block'),
})
export type GateConfig = z.output<typeof gate>

const supervision = z.strictObject({
  gates: z.array(gate).max(50).optional().describe('Absent: one human approval before any merge.'),
  audit_log: z.string().min(1).default('.devpilot/audit.jsonl'),
})

const enabled = { enabled: z.boolean().default(false) }
const integrations = z.strictObject({
  github: z
    .strictObject({
      ...enabled,
      auto_label_prs: z.boolean().default(true),
      pr_template: z.string().min(1).optional(),
      labels: z
        .strictObject({
          ai_generated: z.string().min(1).max(50).default('ai-generated'),
          needs_review: z.string().min(1).max(50).default('needs-review'),
        })
        .prefault({}),
    })
    .prefault({}),
  gitlab: z.strictObject({ ...enabled, project: z.string().min(1).optional() }).prefault({}),
  sentry: z
    .strictObject({
      ...enabled,
      project_slug: z.string().min(1).optional(),
      auto_create_issues: z.boolean().default(false),
    })
    .prefault({}),
  slack: z.strictObject({ ...enabled, channel: z.string().min(1).optional() }).prefault({}),
  jira: z.strictObject({ ...enabled, project: z.string().min(1).optional() }).prefault({}),
})

const triggerEntry = z.strictObject({
  on: z.enum(triggerNames),
  label: z.string().min(1).optional(),
  cron: z
    .string()
    .regex(/^\S+( \S+){4}$/, 'Use five fields: minute hour day month weekday.')
    .optional()
    .describe('When a run is started by itself: minute hour day month weekday.'),
  time_zone: z
    .string()
    .min(1)
    .optional()
    .describe('The zone of `cron`, by its IANA name: Europe/Berlin. UTC unless set.'),
  missed: z
    .enum(['once', 'skip'])
    .optional()
    .describe('Times that passed while nothing worked: one run for all of them (once, unless set), or none.'),
  flow,
})

const pipeline = z.strictObject({
  flow: flow.optional().describe('The default flow, for triggers that have none of their own.'),
  flows: z
    .record(z.string(), flow)
    .default({})
    .describe('Named flows, for --flow; they replace built-in ones.'),
  triggers: z.array(triggerEntry).max(50).default([]),
  max_replans: z.int().min(0).max(10).default(2),
  max_attempts: z.int().min(1).max(20).default(5).describe('Tries of a step at errors that may pass.'),
  max_reapprovals: z.int().min(0).max(20).default(3),
  max_concurrent_runs: z
    .int()
    .min(1)
    .max(1000)
    .optional()
    .describe('Runs of this repository that are worked on at once; absent: as many as there are workers.'),
  max_steps: z.int().min(10).max(2000).default(200),
})

const sandbox = z.strictObject({
  adapter: z.enum(['auto', 'bubblewrap', 'docker', 'podman', 'none']).default('auto'),
  image: z.string().min(1).optional().describe('For docker and podman.'),
  paths: z.array(z.string().min(1)).default([]).describe('More host folders to show, read-only.'),
  egress: z
    .array(z.string().regex(/^[a-z0-9.*-]+(:\d+)?$/i, 'Use a host name, with :port if needed.'))
    .default([])
    .describe('Hosts that commands may reach; none by default.'),
  timeout_seconds: z.number().positive().max(7200).default(120),
  memory_mb: z.int().min(128).max(1_048_576).default(4096),
  processes: z.int().min(16).max(65_536).default(512),
})

const budget = z.strictObject({
  per_run_usd: dollars.default(3),
  per_day_usd: dollars.nullable().default(null),
  per_repository_day_usd: dollars.nullable().default(null),
  per_trigger_day_usd: dollars.nullable().default(null),
})

const limits = z.strictObject({
  turns: z.int().min(1).max(1000).default(40).describe('Model calls of one step.'),
  wall_minutes: z.number().positive().max(1440).default(30).describe('Time of one step.'),
  tokens: z.int().min(1000).default(2_000_000).describe('Tokens of one step, in and out.'),
})

const workspace = z.strictObject({
  keep: z
    .enum(['database', 'forge'])
    .default('database')
    .describe(
      'Where commits of a run are kept until they are pushed: any machine goes on with it from there.',
    ),
})

/** `devpilot.yaml`. */
export const configSchema = z.strictObject({
  project: project.prefault({}),
  llm: llm.prefault({}),
  agents: agents.prefault({}),
  supervision: supervision.prefault({}),
  integrations: integrations.prefault({}),
  pipeline: pipeline.prefault({}),
  sandbox: sandbox.prefault({}),
  budget: budget.prefault({}),
  limits: limits.prefault({}),
  workspace: workspace.prefault({}),
  merge: z
    .strictObject({ method: z.enum(['merge', 'squash', 'rebase', 'fast-forward']).default('squash') })
    .prefault({}),
})
export type Config = z.output<typeof configSchema>
