import { describe, expect, it } from 'vitest'
import { defaultConfig, flowFor, limitsOf } from '@/lib/core/config'
import { builtInFlows } from '@/lib/core/flow'
import { AppError } from '@/lib/errors'
import { packageFile } from '@/lib/root'
import { parseConfig } from '@/lib/workspace/config/parse'
import { configSchemaText } from '@/lib/workspace/config/schema-json'

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

  it('leaves out the steps of agents that are not enabled', () => {
    const config = parseConfig('agents:\n  reviewer: {enabled: false}\n')
    expect(flowFor(config, { trigger: 'cli' })).not.toContain('reviewer')
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
