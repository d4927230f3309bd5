import { describe, expect, it } from 'vitest'
import { defaultConfig } from '@/lib/core/config'
import { AppError } from '@/lib/errors'
import { parseConfig } from '@/lib/workspace/config/parse'

function problem(text: string): string {
  try {
    parseConfig(text)
  } catch (error) {
    if (error instanceof AppError && error.code === 'bad_config') return error.message
    throw error
  }
  throw new Error('The text was taken.')
}

describe('bad devpilot.yaml', () => {
  it.each([
    ['pipline:\n  flow: [coder]\n', 'devpilot.yaml:1:1 pipline: unknown key. Did you mean "pipeline"?'],
    [
      'agents:\n  coder:\n    max_iteration: 3\n',
      'devpilot.yaml:3:5 agents.coder.max_iteration: unknown key. Did you mean "max_iterations"?',
    ],
    [
      'supervision:\n  gates:\n    - id: a\n      type: human_approval\n      colour: red\n',
      'devpilot.yaml:5:7 supervision.gates[0].colour: unknown key. Keys here are id, trigger',
    ],
    [
      'agents:\n  coder:\n    max_iterations: many\n',
      'devpilot.yaml:3:21 agents.coder.max_iterations: A number',
    ],
    ['llm:\n  provider: antropic\n', '2:13 llm.provider: "antropic" is none of openai, together'],
    ['llm:\n  provider: antropic\n', 'Did you mean "anthropic"?'],
    ['llm:\n', 'devpilot.yaml:1:5 llm: A group of keys is asked for here, not an empty value.'],
    ['- a\n- b\n', 'devpilot.yaml:1:1 A group of keys is asked for here, not a list.'],
    ['just words', 'devpilot.yaml:1:1 A group of keys'],
    ['project:\n\tname: x\n', 'devpilot.yaml:2:1 A tab: YAML is indented with spaces.'],
    ['project:\n  name: a\n  name: b\n', 'devpilot.yaml:3:3 This key stands here twice.'],
    ['project: {name: "x"\n', 'devpilot.yaml:'],
    ['merge:\n  method: *nowhere\n', 'Unresolved alias'],
    ['agents:\n  reviewer:\n    auto_approve_threshold: 92\n', '92 is too large: at most 1.'],
    [
      'pipeline:\n  flow: [coder, revewer]\n',
      'devpilot.yaml:2:17 pipeline.flow[1]: There is no step "revewer". Did you mean "reviewer"?',
    ],
    ['pipeline:\n  flow: [coder, "gate:qa"]\n', 'which supervision.gates does not define'],
    ['sandbox:\n  adapter: nope\n', 'is none of auto, bubblewrap, docker, podman, none'],
    [
      'supervision:\n  gates:\n    - {id: a, type: human_approval}\n    - {id: a, type: human_approval}\n',
      'Gate "a" is defined twice',
    ],
  ])('%j', (text, expected) => {
    expect(problem(text)).toContain(expected)
  })

  it('says all problems at once, in the order of the lines', () => {
    const said = problem('budget:\n  per_run_usd: -1\nlimit: {}\nllm:\n  temperature: hot\n')
      .split('\n')
      .slice(1)
    expect(said.map((line) => line.trim().split(' ')[0])).toEqual([
      'devpilot.yaml:2:16',
      'devpilot.yaml:3:1',
      'devpilot.yaml:5:16',
    ])
  })

  it('refuses a file over 256 KB before it reads it', () => {
    expect(problem(`# ${'x'.repeat(1024 * 1024)}\n`)).toContain('over 256 KB')
  })

  it('does not unfold an alias bomb', () => {
    const layers = Array.from(
      { length: 9 },
      (_, i) => `  l${i + 1}: &l${i + 1} [${Array(9).fill(`*l${i}`).join(', ')}]`,
    )
    expect(problem(`pipeline:\n  l0: &l0 [a]\n${layers.join('\n')}\n`)).toContain('aliases')
  })

  it('takes no key of Object.prototype for its own', () => {
    expect(problem('__proto__:\n  a: 1\n')).toContain('unknown key')
    expect(problem('constructor: 1\n')).toContain('unknown key')
  })
})

describe('good devpilot.yaml', () => {
  it.each(['', '\n', '# nothing\n', '{}', '---\n'])('%j is the default', (text) => {
    expect(parseConfig(text)).toEqual(defaultConfig())
  })

  it('takes anchors in measure', () => {
    const text = 'project:\n  test_command: &c "npm test"\n  lint_command: *c\n'
    expect(parseConfig(text).project.lint_command).toBe('npm test')
  })

  it('takes the example of the framework’s document', () => {
    const config = parseConfig(seed)
    expect(config.agents.reviewer.block_on).toEqual(['security', 'data_loss'])
    expect(config.supervision.gates?.map((gate) => gate.timeout_hours)).toEqual([24, 8, null])
    expect(config.pipeline.triggers.map((entry) => entry.on)).toContain('schedule')
  })
})

const seed = `
# devpilot.yaml — drop this in your repo root

project:
  name: "my-service"
  language: "python"           # python | typescript | go | java
  test_command: "pytest"
  lint_command: "ruff check ."
  main_branch: "main"

llm:
  provider: "anthropic"
  model: "claude-opus-4-6"     # or claude-sonnet-4-6 for speed/cost
  fallback_model: "claude-sonnet-4-6"
  max_tokens: 8192
  temperature: 0.2             # Low for code, slightly higher for planning

agents:
  planner:
    enabled: true
    max_subtasks: 10
  coder:
    enabled: true
    max_iterations: 3          # Retry limit before escalation
    style_guide: ".cursor/rules" # or path to CLAUDE.md / .cursorrules
  reviewer:
    enabled: true
    auto_approve_threshold: 0.92   # Confidence score 0-1
    block_on: ["security", "data_loss"]
  tester:
    enabled: true
    frameworks: ["pytest", "jest"]
    coverage_threshold: 80
    generate_on: ["new_file", "modified_function"]
  debugger:
    enabled: true
    max_fix_attempts: 3
    sources: ["ci_logs", "sentry", "test_output"]

supervision:
  gates:
    - id: "pre-merge-staging"
      trigger: "before_merge_to_staging"
      type: "human_approval"
      notify: ["slack", "email"]
      timeout_hours: 24
      on_timeout: "block"      # block | auto_approve | escalate

    - id: "pre-merge-main"
      trigger: "before_merge_to_main"
      type: "human_approval"
      notify: ["slack", "email"]
      required_approvers: 1
      timeout_hours: 8

    - id: "confidence-gate"
      trigger: "on_low_confidence"
      threshold: 0.75
      type: "human_approval"
      notify: ["slack"]

  audit_log: ".devpilot/audit.jsonl"

integrations:
  github:
    enabled: true
    auto_label_prs: true
    pr_template: ".github/pull_request_template.md"
    labels:
      ai_generated: "🤖 ai-generated"
      needs_review: "👀 needs-review"
  sentry:
    enabled: false
    project_slug: "my-service"
    auto_create_issues: true
  slack:
    enabled: true
    channel: "#dev-pipeline"
  jira:
    enabled: false

pipeline:
  # Defines the default flow; can be overridden per-trigger
  flow:
    - planner
    - coder
    - reviewer
    - tester
    - gate:pre-merge-staging
    - gate:pre-merge-main

  triggers:
    - on: "github_issue"
      label: "ai-task"
      flow: [planner, coder, reviewer, tester, gate:pre-merge-staging]
    - on: "ci_failure"
      flow: [debugger, tester, reviewer]
    - on: "sentry_alert"
      flow: [debugger, coder, tester, gate:pre-merge-staging]
    - on: "schedule"
      cron: "0 2 * * *"       # Nightly: run tester + reviewer on open PRs
      flow: [tester, reviewer]
`
