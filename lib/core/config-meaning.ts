import { flowFor } from './config-flow'
import { gatesOf } from './config-gates'
import type { Config } from './config-schema'
import { agentNames, builtInFlows, type FlowStep } from './flow'
import type { GatePolicy } from './limits'
import { triggerNames } from './names'

/** One thing that a configuration comes to. */
export interface Meaning {
  readonly group: 'Flows' | 'Gates' | 'Limits' | 'Money' | 'Models' | 'Commands' | 'Protection'
  readonly label: string
  readonly value: string
}

/** What a change of the configuration changes; null where the one side has no such thing. */
export interface MeaningChange {
  readonly group: Meaning['group']
  readonly label: string
  readonly before: string | null
  readonly after: string | null
}

/** A flow as it is resolved: its steps in words. */
export function flowText(steps: readonly FlowStep[]): string {
  return steps.map((step) => step.replace(/^gate:/, 'gate ')).join(' → ')
}

/** What a valid configuration comes to: resolved flows, gates in force, limits, money, models, commands, protection. */
export function meaningOf(config: Config): Meaning[] {
  return [
    ...flowMeaning(config),
    ...gateMeaning(config),
    ...limitMeaning(config),
    ...moneyMeaning(config),
    ...modelMeaning(config),
    ...commandMeaning(config),
    ...protectionMeaning(config),
  ]
}

/** The differences in effect of two configurations, in the order of `meaningOf`. */
export function meaningChanges(before: Config, after: Config): MeaningChange[] {
  const [old, now] = [meaningOf(before), meaningOf(after)]
  const keyOf = ({ group, label }: Meaning) => `${group}\0${label}`
  const was = new Map(old.map((one) => [keyOf(one), one.value]))
  const is = new Map(now.map((one) => [keyOf(one), one.value]))
  const all = [...now, ...old.filter((one) => !is.has(keyOf(one)))]
  return all.flatMap((one) => {
    const [from, to] = [was.get(keyOf(one)) ?? null, is.get(keyOf(one)) ?? null]
    return from === to ? [] : [{ group: one.group, label: one.label, before: from, after: to }]
  })
}

function flowMeaning(config: Config): Meaning[] {
  const own = Object.keys(config.pipeline.flows)
  const named = [...Object.keys(builtInFlows).filter((name) => !own.includes(name)), ...own]
  const flows = named.map((name) => ({
    label: name,
    steps: flowFor(config, { flow: name, trigger: 'manual' }),
  }))
  const asked = new Set(config.pipeline.triggers.map((entry) => entry.on))
  const triggers = triggerNames
    .filter((trigger) => asked.has(trigger) || trigger === 'manual' || trigger === 'github_issue')
    .map((trigger) => ({
      label: `asked for by ${trigger.replaceAll('_', ' ')}`,
      steps: flowFor(config, { trigger }),
    }))
  return [...triggers, ...flows].map(({ label, steps }) => ({
    group: 'Flows',
    label,
    value: flowText(steps),
  }))
}

function gateMeaning(config: Config): Meaning[] {
  const gates = gatesOf(config)
  if (gates.length === 0) return [{ group: 'Gates', label: 'gates', value: 'none: changes merge unseen' }]
  return gates.map((gate) => ({ group: 'Gates', label: gate.id, value: gateText(gate) }))
}

/** A gate in a sentence. */
export function gateText(gate: GatePolicy): string {
  const { requiredApprovers: people, timeoutHours, onTimeout, trigger } = gate
  const target = /^before_merge_to_(.+)$/.exec(trigger)?.[1]
  const when =
    target !== undefined
      ? `before a merge into ${target}`
      : trigger === 'on_low_confidence'
        ? 'when confidence is low'
        : trigger === 'before_merge'
          ? 'before any merge'
          : 'always'
  const lapse = timeoutHours === null ? 'never lapses' : `after ${timeoutHours} h: ${timeoutText[onTimeout]}`
  return `${people} ${people === 1 ? 'approver' : 'approvers'}, ${when}; ${lapse}`
}

const timeoutText: Readonly<Record<GatePolicy['onTimeout'], string>> = {
  block: 'marked overdue, still asked',
  auto_approve: 'approved by itself',
  escalate: 'asked again, then ended',
}

function limitMeaning({ agents, limits, pipeline, supervision }: Config): Meaning[] {
  const low = supervision.gates?.find((gate) => gate.trigger === 'on_low_confidence')?.threshold
  const facts: [string, string | number | undefined][] = [
    ['tries of the coder before people are asked', agents.coder.max_iterations],
    ['fixes of the debugger before people are asked', agents.debugger.max_fix_attempts],
    ['reviewer approves alone from', agents.reviewer.auto_approve_threshold],
    ['people are asked under a confidence of', low],
    ['review findings that stop', agents.reviewer.block_on.join(', ') || 'none'],
    ['coverage asked for', agents.tester.coverage_threshold && `${agents.tester.coverage_threshold} %`],
    ['model calls of a step', limits.turns],
    ['minutes of a step', limits.wall_minutes],
    ['runs at once', pipeline.max_concurrent_runs ?? 'as many as there are workers'],
  ]
  const off = agentNames.filter((name) => !agents[name].enabled)
  return told('Limits', [...facts, ['agents that are off', off.join(', ') || undefined]])
}

function moneyMeaning({ budget }: Config): Meaning[] {
  const none = (value: number | null) => (value === null ? undefined : `$${value}`)
  return told('Money', [
    ['a run', `$${budget.per_run_usd}`],
    ['a day, all runs', none(budget.per_day_usd)],
    ['a day, this repository', none(budget.per_repository_day_usd)],
    ['a day, each trigger', none(budget.per_trigger_day_usd)],
  ])
}

function modelMeaning({ llm, agents }: Config): Meaning[] {
  const each = agentNames.map((name): [string, string | undefined] => [name, agents[name].model])
  return told('Models', [
    ['provider', llm.provider ?? 'the first whose key is set'],
    ['model', llm.model ?? 'the provider’s usual one'],
    ['fallback', llm.fallback_model],
    ['address', llm.base_url],
    ...each,
  ])
}

function commandMeaning({ project }: Config): Meaning[] {
  return told('Commands', [
    ['language', project.language],
    ['install', project.setup_command],
    ['tests', project.test_command],
    ['lint', project.lint_command],
    ['types', project.type_command],
    ['base branch', project.main_branch],
  ])
}

function protectionMeaning({ project, sandbox, merge }: Config): Meaning[] {
  return told('Protection', [
    ['paths that no agent may change', project.protected_paths.join(', ') || undefined],
    ['sandbox', sandbox.adapter],
    ['hosts that commands may reach', sandbox.egress.join(', ') || 'none'],
    ['folders shown to commands', sandbox.paths.join(', ') || undefined],
    ['time of a command', `${sandbox.timeout_seconds} s`],
    ['merge', merge.method],
  ])
}

function told(
  group: Meaning['group'],
  facts: readonly (readonly [string, string | number | undefined])[],
): Meaning[] {
  return facts.flatMap(([label, value]) =>
    value === undefined ? [] : [{ group, label, value: String(value) }],
  )
}
