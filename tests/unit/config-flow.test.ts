import { describe, expect, it } from 'vitest'
import { unmetApprovers } from '@/lib/core/approvers'
import { defaultConfig, flowFor, guarded, limitsOf } from '@/lib/core/config'
import { builtInFlows } from '@/lib/core/flow'
import { gatesToSkip } from '@/lib/core/run'
import { AppError } from '@/lib/errors'
import { packageFile } from '@/lib/root'
import { checkGates } from '@/lib/runtime/look/gates'
import { parseConfig } from '@/lib/workspace/config/parse'
import { configSchemaText } from '@/lib/workspace/config/schema-json'

describe('unmetApprovers', () => {
  it('names each gate that asks for more approvers than there are people', () => {
    const gate = 'id: main, trigger: before_merge_to_main, type: human_approval, required_approvers'
    const config = (n: number) => parseConfig(`supervision: { gates: [{ ${gate}: ${n} }] }`)
    expect(unmetApprovers(config(1), 1)).toEqual([])
    expect(unmetApprovers(config(2), 2)).toEqual([])
    const [said, ...rest] = unmetApprovers(config(2), 1)
    expect(said).toContain('The gate main asks for 2 approvers, and this installation has one user')
    expect(rest).toEqual([])
    expect(checkGates(config(2)).status).toBe('warn')
    expect(checkGates(defaultConfig()).status).toBe('ok')
  })
})

describe('flowFor', () => {
  it('refuses an unknown flow and names the nearest', () => {
    const ask = () => flowFor(defaultConfig(), { flow: 'refactr', trigger: 'cli' })
    expect(ask).toThrow(AppError)
    expect(ask).toThrow('There is no flow "refactr". Did you mean "refactor"?')
    expect(() => flowFor(defaultConfig(), { flow: 'constructor', trigger: 'cli' })).toThrow('no flow')
  })

  it('holds every merge of a built-in flow at an approval, whatever the configuration leaves out', () => {
    for (const text of [
      '',
      'supervision:\n  gates:\n    - {id: low, type: confidence_gate, trigger: on_low_confidence}',
    ]) {
      const config = parseConfig(text)
      for (const flow of Object.keys(builtInFlows)) {
        const steps = flowFor(config, { flow, trigger: 'cli' })
        expect(steps[0]).toBe('prepare')
        expect(steps.indexOf('gate:pre-merge-main')).toBe(steps.indexOf('merge') - 1)
      }
      expect(limitsOf(config).gates[0]).toMatchObject({ trigger: 'before_merge', requiredApprovers: 1 })
    }
  })

  it('puts the repository’s own gates into built-in flows', () => {
    const config = parseConfig(
      'supervision:\n  gates:\n    - {id: qa, type: human_approval, required_approvers: 2}\n',
    )
    expect(flowFor(config, { trigger: 'github_issue' })).toContain('gate:qa')
    expect(flowFor(config, { trigger: 'github_issue' })).not.toContain('gate:pre-merge-main')
  })

  it('merges with no gate only when the list of gates is empty in words', () => {
    const config = parseConfig('supervision:\n  gates: []\n')
    expect(flowFor(config, { trigger: 'cli' }).filter((step) => step.startsWith('gate:'))).toEqual([])
  })

  it('chooses by name, trigger and label, then the default, then the built-in flow', () => {
    const config = parseConfig(`
pipeline:
  flow: [planner, coder]
  flows:
    tests: [tester]
  triggers:
    - {on: github_issue, label: urgent, flow: [coder]}
    - {on: ci_failure, flow: [debugger]}
`)
    const steps = (choice: Parameters<typeof flowFor>[1]) => flowFor(config, choice).join(' ')
    expect(steps({ trigger: 'cli' })).toBe('prepare planner coder pr')
    expect(steps({ trigger: 'github_issue', labels: ['urgent'] })).toBe('prepare coder pr')
    expect(steps({ trigger: 'github_issue', labels: ['other'] })).toBe('prepare planner coder pr')
    expect(steps({ trigger: 'ci_failure' })).toBe('prepare debugger pr')
    expect(steps({ trigger: 'ci_failure', flow: 'default' })).toBe('prepare planner coder pr')
    expect(steps({ trigger: 'cli', flow: 'tests' })).toBe('prepare tester pr')
  })

  it('takes the entry of the very label that asked, then one without, in whatever case labels are written', () => {
    const config = parseConfig(`
pipeline:
  triggers:
    - {on: github_issue, flow: [planner]}
    - {on: github_issue, label: Bug, flow: [coder]}
    - {on: github_issue, label: docs, flow: [tester]}
`)
    const steps = (label?: string, labels?: string[]) =>
      flowFor(config, { trigger: 'github_issue', label, labels }).join(' ')
    expect(steps('docs', ['bug', 'docs'])).toBe('prepare tester pr')
    expect(steps('bug', ['docs'])).toBe('prepare coder pr')
    expect(steps('gone', ['docs', 'gone'])).toBe('prepare planner')
    expect(steps(undefined, ['docs'])).toBe('prepare planner')
    const labelled = parseConfig('pipeline: {triggers: [{on: github_issue, label: Bug, flow: [coder]}]}')
    expect(flowFor(labelled, { trigger: 'github_issue', labels: ['bUG'] }).join(' ')).toBe('prepare coder pr')
  })

  it.each(['flow', 'flows', 'trigger', 'steps'])('holds a merge that %s names without a gate', (where) => {
    const texts = {
      flow: 'pipeline: {flow: [coder, merge]}',
      flows: 'pipeline: {flows: {own: [coder, merge]}}',
      trigger: 'pipeline: {triggers: [{on: cli, flow: [coder, merge]}]}',
      steps: '',
    }
    const text = Object.entries(texts).find(([name]) => name === where)?.[1] ?? ''
    const choice = {
      trigger: 'cli' as const,
      flow: where === 'flows' ? 'own' : undefined,
      steps: where === 'steps' ? ['coder', 'merge'] : undefined,
    }
    const flow = (more: string) => flowFor(parseConfig(`${text}\n${more}`), choice).join(' ')
    expect(flow('')).toBe('prepare coder gate:pre-merge-main pr merge')
    const two = 'supervision: {gates: [{id: qa, type: human_approval}, {id: b, type: human_approval}]}'
    expect(flow(two)).toBe('prepare coder gate:qa gate:b pr merge')
    expect(flow('supervision: {gates: []}')).toBe('prepare coder pr merge')
  })

  it('adds only the gates that a flow lacks before its merge, and moves one that comes after', () => {
    const config = parseConfig(
      'supervision: {gates: [{id: qa, type: human_approval}, {id: b, type: human_approval}]}',
    )
    const flow = (...steps: string[]) => flowFor(config, { trigger: 'cli', steps }).join(' ')
    expect(flow('gate:b', 'coder', 'pr', 'merge')).toBe('prepare gate:b coder pr gate:qa merge')
    expect(flow('pr', 'merge', 'gate:b', 'reflect')).toBe('prepare pr gate:qa gate:b merge reflect')
    expect(flow('coder', 'pr')).toBe('prepare coder pr')
  })

  it('refuses steps with a gate that nobody defined, so that it is not taken for one that does not hold', () => {
    const ask = (step: string) => () =>
      flowFor(defaultConfig(), { trigger: 'cli', steps: ['coder', step, 'merge'] })
    expect(ask('gate:pre-merge-mian')).toThrow('Did you mean gate:pre-merge-main?')
    expect(ask('gate:typo')).toThrow(AppError)
    const limits = limitsOf(defaultConfig())
    expect(gatesToSkip(['coder', 'gate:typo', 'merge'], limits, 'main', 'main')).toEqual([])
  })

  it('runs the agents that the steps of a run name, whether they are enabled or not', () => {
    const config = parseConfig('agents:\n  reviewer: {enabled: false}\n')
    expect(flowFor(config, { trigger: 'cli', steps: ['reviewer'] })).toEqual(['prepare', 'reviewer'])
  })

  it('leaves out the steps of agents that are not enabled', () => {
    const config = parseConfig('agents:\n  reviewer: {enabled: false}\n')
    expect(flowFor(config, { trigger: 'cli' })).not.toContain('reviewer')
  })
})

describe('a configuration that a run brings', () => {
  const strict = parseConfig(`
project: {protected_paths: [secrets/**]}
supervision: {gates: [{id: qa, type: human_approval, required_approvers: 2}]}
sandbox: {adapter: bubblewrap}
budget: {per_run_usd: 1}
`)

  it('cannot loosen what guards the repository', () => {
    const loose = parseConfig(`
project: {test_command: make test}
supervision: {gates: []}
sandbox: {adapter: none, egress: [evil.example]}
budget: {per_run_usd: 900}
`)
    const config = guarded(loose, strict)
    expect(config.supervision).toEqual(strict.supervision)
    expect(config.sandbox).toEqual(strict.sandbox)
    expect(config.budget).toEqual(strict.budget)
    expect(config.project).toMatchObject({ test_command: 'make test', protected_paths: ['secrets/**'] })
    expect(guarded(parseConfig(''), strict).supervision).toEqual(strict.supervision)
  })

  it('cannot do away with gates where the base has no file, and may add some', () => {
    const none = guarded(parseConfig('supervision: {gates: []}'), null)
    expect(flowFor(none, { trigger: 'cli' })).toContain('gate:pre-merge-main')
    const more = guarded(parseConfig('supervision: {gates: [{id: qa, type: human_approval}]}'), null)
    expect(flowFor(more, { trigger: 'cli' })).toContain('gate:qa')
  })
})

describe('limitsOf', () => {
  it('takes each from its place', () => {
    const config = parseConfig(`
agents:
  coder: {max_iterations: 4}
  debugger: {max_fix_attempts: 5}
  reviewer: {auto_approve_threshold: 0.5, block_on: []}
pipeline: {max_replans: 1, max_attempts: 2, max_reapprovals: 0, max_steps: 50}
supervision:
  gates: [{id: c, type: human_approval, trigger: on_low_confidence, threshold: 0.6}]
`)
    expect(limitsOf(config)).toMatchObject({
      maxIterations: 4,
      maxFixAttempts: 5,
      autoApproveThreshold: 0.5,
      blockOn: [],
      maxReplans: 1,
      maxAttempts: 2,
      maxReapprovals: 0,
      maxSteps: 50,
      confidenceThreshold: 0.6,
    })
  })
})

it('public/devpilot.schema.json is fresh', () => {
  expect(packageFile('public/devpilot.schema.json'), 'Run `npm run schema`.').toBe(configSchemaText())
})
