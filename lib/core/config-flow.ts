import { AppError } from './app-error'
import { asksAtLowConfidence, gatesOf } from './config-gates'
import type { Config } from './config-schema'
import {
  agentNames,
  type BuiltInFlow,
  builtInFlows,
  completeFlow,
  type FlowStep,
  gateId,
  isGate,
  parseStep,
  stepNames,
} from './flow'
import { sameLabel } from './label'
import type { TriggerName } from './names'
import { nearest } from './nearest'

export interface FlowChoice {
  /** A named flow: of `pipeline.flows`, or built in; `default` is `pipeline.flow`. */
  readonly flow?: string | undefined
  readonly trigger: TriggerName
  /** Labels of the issue: a trigger entry with a label holds only for runs that carry it. */
  readonly labels?: readonly string[] | undefined
  /** The label that asked for the run: an entry of that very label is taken, else one without any. */
  readonly label?: string | undefined
  /** The steps themselves, as a run may set them; then nothing else chooses. */
  readonly steps?: readonly string[] | undefined
}

/**
 * The steps of a run, `prepare` first: the named flow, else the trigger's, else `pipeline.flow`, else the built-in
 * one. Steps of agents that are not enabled fall out, unless the run itself names them. Every gate of the
 * configuration stands before a merge, whoever wrote the flow.
 * @throws AppError('bad_config') for an unknown flow or step, and for a gate that supervision.gates does not define.
 */
export function flowFor(config: Config, choice: FlowChoice): FlowStep[] {
  const chosen: Chosen = choice.steps ? { steps: choice.steps, place: 'steps' } : chooseFlow(config, choice)
  const steps =
    'builtIn' in chosen
      ? withGates(builtInFlows[chosen.builtIn], config)
      : holdMerge(checkFlow(chosen, config), config)
  const disabled = choice.steps ? [] : agentNames.filter((name) => !config.agents[name].enabled)
  return completeFlow(steps.filter((step) => !disabled.some((name) => name === step)))
}

interface NamedSteps {
  readonly steps: readonly string[]
  /** Key path in devpilot.yaml. */
  readonly place: string
}

type Chosen = { readonly builtIn: BuiltInFlow } | NamedSteps

function chooseFlow(config: Config, choice: FlowChoice): Chosen {
  const { flow, trigger } = choice
  const { pipeline } = config
  if (flow !== undefined && flow !== 'default') return namedFlow(config, flow)
  const at = entryFor(pipeline.triggers, choice)
  const entry = pipeline.triggers[at]
  if (flow === undefined && entry) return { steps: entry.flow, place: `pipeline.triggers[${at}].flow` }
  if (pipeline.flow) return { steps: pipeline.flow, place: 'pipeline.flow' }
  return { builtIn: flowOfTrigger(trigger) }
}

function entryFor(entries: Config['pipeline']['triggers'], { trigger, label, labels }: FlowChoice): number {
  const find = (fits: (own: string | undefined) => boolean) =>
    entries.findIndex((entry) => entry.on === trigger && fits(entry.label))
  if (label === undefined)
    return find((own) => own === undefined || (labels ?? [own]).some((one) => sameLabel(one, own)))
  const exact = find((own) => own !== undefined && sameLabel(own, label))
  return exact === -1 ? find((own) => own === undefined) : exact
}

function namedFlow(config: Config, name: string): Chosen {
  const own = Object.hasOwn(config.pipeline.flows, name) ? config.pipeline.flows[name] : undefined
  if (own) return { steps: own, place: `pipeline.flows.${name}` }
  if (isBuiltIn(name)) return { builtIn: name }
  const names = [...Object.keys(config.pipeline.flows), ...Object.keys(builtInFlows)]
  const like = nearest(name, names)
  throw new AppError('bad_config', `There is no flow "${name}".${like ? ` Did you mean "${like}"?` : ''}`, {
    place: 'flow',
    mend: `Flows are ${names.join(', ')}; name more of them under pipeline.flows in devpilot.yaml.`,
  })
}

function isBuiltIn(name: string): name is BuiltInFlow {
  return Object.hasOwn(builtInFlows, name)
}

function flowOfTrigger(trigger: TriggerName): BuiltInFlow {
  switch (trigger) {
    case 'ci_failure':
    case 'sentry_alert':
      return trigger
    case 'schedule':
      return 'tests'
    case 'github_issue':
    case 'manual':
    case 'cli':
    case 'api':
    case 'kestra':
    case 'chat':
      return 'issue'
    default:
      return trigger satisfies never
  }
}

/** A built-in flow with the repository's own gates in place of its named ones, so that none is passed by. */
function withGates(steps: readonly FlowStep[], config: Config): FlowStep[] {
  const rest = steps.filter((step) => !isGate(step))
  return rest.includes('merge') ? holdMerge(rest, config) : [...rest, ...flowGates(config)]
}

/** The same flow with every gate that it lacks before its merge put right before it; one that comes after is moved. */
function holdMerge(steps: readonly FlowStep[], config: Config): FlowStep[] {
  const merge = steps.indexOf('merge')
  if (merge === -1) return [...steps]
  const before = steps.slice(0, merge)
  const missing = flowGates(config).filter((gate) => !before.includes(gate))
  return [...before, ...missing, ...steps.slice(merge).filter((step) => !missing.includes(step))]
}

/** The gates that flows are held at, in the order of the configuration. */
function flowGates(config: Config): FlowStep[] {
  const gates = gatesOf(config).filter((gate) => !asksAtLowConfidence(gate))
  return gates.map((gate): FlowStep => `gate:${gate.id}`)
}

function checkFlow({ steps, place }: NamedSteps, config: Config): FlowStep[] {
  return steps.map((text, index) => checkStep(text, `${place}[${index}]`, config))
}

function checkStep(text: string, place: string, config: Config): FlowStep {
  const step = parseStepAt(text, place)
  if (!isGate(step)) return step
  const known = gatesOf(config).map((gate) => gate.id)
  if (known.includes(gateId(step))) return step
  const like = nearest(gateId(step), known)
  const hint = like ? ` Did you mean gate:${like}?` : ''
  throw new AppError(
    'bad_config',
    `The flow names ${step}, which supervision.gates does not define.${hint}`,
    {
      place,
      mend: `Add a gate with id "${gateId(step)}" to supervision.gates.`,
    },
  )
}

function parseStepAt(text: string, place: string): FlowStep {
  const like = nearest(text, stepNames)
  try {
    return parseStep(text)
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    const hint = like ? ` Did you mean "${like}"?` : ''
    throw new AppError(error.code, `${error.message}${hint}`, { place, mend: error.mend ?? '' })
  }
}

/** What is wrong with the flows of a configuration, each with its place: for a file's reader to say all at once. */
export function flowProblems(config: Config): AppError[] {
  const { flow, flows, triggers } = config.pipeline
  const all: NamedSteps[] = [
    ...(flow ? [{ steps: flow, place: 'pipeline.flow' }] : []),
    ...Object.entries(flows).map(([name, steps]) => ({ steps, place: `pipeline.flows.${name}` })),
    ...triggers.map((entry, i) => ({ steps: entry.flow, place: `pipeline.triggers[${i}].flow` })),
  ]
  return all.flatMap(({ steps, place }) =>
    steps.flatMap((step, index) => {
      try {
        checkStep(step, `${place}[${index}]`, config)
        return []
      } catch (error) {
        if (error instanceof AppError) return [error]
        throw error
      }
    }),
  )
}
