import { AppError } from './app-error'
import { flowFor } from './config-flow'
import type { Config } from './config-schema'
import { type BuiltInFlow, builtInFlows, type FlowStep } from './flow'
import { type TriggerName, triggerNames } from './names'

/** A flow that runs of a repository can be started with. */
export interface NamedFlow {
  readonly name: string
  readonly from: 'built in' | 'devpilot.yaml'
  /** What it is for, of a built-in one. */
  readonly about: string
  /** As it will run here: with `prepare`, the repository's gates and `pr`. */
  readonly steps: readonly FlowStep[]
  /** Why it cannot run; null: it can. */
  readonly problem: string | null
  /** What starts it by itself, or when nothing else is said. */
  readonly triggers: readonly TriggerName[]
}

/** Built-in flows in a sentence each. */
export const aboutFlows: Readonly<Record<BuiltInFlow, string>> = {
  issue: 'From an issue or a task to a planned, reviewed, tested and approved change.',
  ci_failure: 'From a failed build to a fix that passes.',
  sentry_alert: 'From an alert to a fix that passes.',
  scaffold: 'Adds the files that good repositories have and this one lacks. Asks no model.',
  config: 'Takes a devpilot.yaml that a person wrote through pull request, gate and merge. Asks no model.',
  tests: 'Writes the tests that are missing.',
  refactor: 'Changes the shape of code and not what it does.',
}

/** Flows that have nothing to do without being told what. */
export const flowsWithTask: readonly string[] = ['auto', 'issue', 'ci_failure', 'sentry_alert', 'refactor']

/** Flows that only a page of their own can start. */
export const flowsOfPages: readonly string[] = ['config']

/** Every flow of a configuration, its own first. One that takes a built-in one's name takes its place. */
export function flowsOf(config: Config): NamedFlow[] {
  const own = Object.keys(config.pipeline.flows)
  const builtIn = Object.keys(builtInFlows).filter((name) => !own.includes(name))
  const byTrigger = triggerNames.map((trigger) => ({
    trigger,
    steps: resolveFlow(config, undefined, trigger).steps,
  }))
  return [...own, ...builtIn].map((name) => {
    const { steps, problem } = resolveFlow(config, name, 'manual')
    const same = (other: readonly FlowStep[]) => other.length > 0 && other.join() === steps.join()
    return {
      name,
      from: own.includes(name) ? 'devpilot.yaml' : 'built in',
      about: aboutOf(name, own),
      steps,
      problem,
      triggers: byTrigger.filter((one) => same(one.steps)).map(({ trigger }) => trigger),
    }
  })
}

function aboutOf(name: string, own: readonly string[]): string {
  if (own.includes(name)) return Object.hasOwn(builtInFlows, name) ? 'Takes the built-in one’s place.' : ''
  return Object.hasOwn(aboutFlows, name) ? aboutFlows[name as BuiltInFlow] : ''
}

/** The steps that a choice comes to, or why it comes to none. */
export function resolveFlow(
  config: Config,
  flow: string | undefined,
  trigger: TriggerName,
): { steps: readonly FlowStep[]; problem: string | null } {
  try {
    return { steps: flowFor(config, { flow, trigger }), problem: null }
  } catch (error) {
    if (error instanceof AppError) return { steps: [], problem: error.message }
    throw error
  }
}
