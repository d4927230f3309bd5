import { stringify } from 'yaml'

/** What devpilot.yaml is written from; null where nothing was found. */
export interface TemplateFacts {
  readonly name: string
  readonly language: string | null
  readonly testCommand: string | null
  readonly lintCommand: string | null
  readonly typeCommand: string | null
  readonly mainBranch: string
  readonly integrations: readonly string[]
}

export const integrationNames = ['github', 'gitlab', 'slack', 'sentry', 'jira'] as const

/** The schema lies beside the configuration, so that editors need no network and no server. */
export const SCHEMA_PATH = '.devpilot/devpilot.schema.json'

/** devpilot.yaml with what was found, and the settings that people change first; everything else has its default. */
export function configText(answers: TemplateFacts): string {
  const sections = [
    section('What this repository is. Commands that are not given are found by themselves.', {
      project: clean({
        name: answers.name,
        language: answers.language,
        test_command: answers.testCommand,
        lint_command: answers.lintCommand,
        type_command: answers.typeCommand,
        main_branch: answers.mainBranch,
      }),
    }),
    `# The model: openai, together, anthropic, compatible (with base_url) or oumi. Keys stand in the environment.
# llm:
#   provider: anthropic
#   model: claude-opus-4-6
`,
    section('People decide before anything is merged; below the threshold they are asked earlier.', {
      supervision: {
        gates: [
          {
            id: 'pre-merge-main',
            trigger: 'before_merge',
            type: 'human_approval',
            required_approvers: 1,
            timeout_hours: 24,
            on_timeout: 'block',
          },
          { id: 'confidence-gate', trigger: 'on_low_confidence', type: 'confidence_gate', threshold: 0.75 },
        ],
      },
    }),
    section('Money that one run may spend.', { budget: { per_run_usd: 3 } }),
  ]
  if (answers.integrations.includes('github')) {
    const github = { auto_label_prs: true }
    sections.push(
      section('Pull requests on GitHub; its credentials stand in the environment.', {
        integrations: { github },
      }),
    )
  }
  return `# yaml-language-server: $schema=${SCHEMA_PATH}\n\n${sections.join('\n')}`
}

function section(comment: string, value: unknown): string {
  return `# ${comment}\n${stringify(value, { lineWidth: 0 })}`
}

function clean(value: Readonly<Record<string, string | null>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, item]) => (item === null ? [] : [[key, item]])),
  )
}
