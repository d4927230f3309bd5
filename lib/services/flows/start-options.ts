import { inArray } from 'drizzle-orm'
import { z } from 'zod'
import { budgetAccounts } from '@/drizzle/schema'
import { accountKeys, MICROS_PER_DOLLAR, remainingMicros } from '@/lib/core/budget'
import { type Config, defaultConfig, limitsOf } from '@/lib/core/config'
import { gateText } from '@/lib/core/config-meaning'
import { agentsOf, gateId, isGate } from '@/lib/core/flow'
import { flowsOf, flowsOfPages, flowsWithTask, type NamedFlow, resolveFlow } from '@/lib/core/flow-list'
import { databaseNow } from '@/lib/db/client'
import { AppError } from '@/lib/errors'
import { authorise } from '../authorise'
import type { ServiceContext } from '../context'
import { parseInput } from '../parse'
import type { OpenBase } from '../repositories/base'
import { findRepository } from '../repositories/find'
import { toRepositoryView } from '../repositories/view'
import { estimateRun } from './estimate'
import { type FlowList, listFlows } from './list'
import type { FlowChoiceView, StartOptions } from './start-view'

export const startOptionsInput = z.strictObject({
  repository: z.uuid(),
  flow: z.string().max(60).default('auto'),
})

/** The model that an agent would ask. @throws AppError('bad_config') */
export type ModelName = (config: Config) => Promise<string>

/** What can be started in a repository, and what the chosen flow comes to. @throws AppError('not_found') */
export async function startOptions({
  ctx,
  input,
  open,
  parse,
  modelName,
}: {
  ctx: ServiceContext
  input: z.input<typeof startOptionsInput>
  open: OpenBase
  parse: Parameters<typeof listFlows>[0]['parse']
  modelName: ModelName
}): Promise<StartOptions> {
  authorise(ctx, 'trigger')
  const { repository: id, flow: wanted } = parseInput(startOptionsInput, input)
  const row = await findRepository(ctx.db, id)
  const { config, branch, problem } = await readFlows({ ctx, id, open, parse })
  const named = flowsOf(config).filter(({ name }) => !flowsOfPages.includes(name))
  const auto = resolveFlow(config, undefined, 'manual')
  const flows = [
    choice({ ...auto, name: 'auto', from: 'built in', about: aboutAuto(auto, named) }),
    ...named.map(choice),
  ]
  const flow = flows.find(({ name }) => name === wanted) ?? flows[0]
  if (!flow) throw new AppError('internal', 'A repository has no flow.')
  const same = named.find((one) => one.steps.join() === flow.steps.join())
  const figures = { repository: id, flow: flow.name === 'auto' ? (same?.name ?? 'auto') : flow.name }
  const [estimate, leftTodayMicros, model] = await Promise.all([
    estimateRun({ ctx, input: { ...figures, steps: [...flow.steps] } }),
    leftToday(ctx, id, config),
    modelOf(modelName, config),
  ])
  const policies = limitsOf(config).gates
  const gates = flow.steps.filter(isGate).map((step) => {
    const policy = policies.find((one) => one.id === gateId(step))
    return { id: gateId(step), text: policy ? gateText(policy) : 'asks people' }
  })
  const { method: merge } = config.merge
  const budgetUsd = config.budget.per_run_usd
  const view = { repository: toRepositoryView(row), branch, flows, flow, gates, merge }
  return { ...view, estimate, budgetUsd, leftTodayMicros, ...model, problem }
}

/** Its flows, or those under the defaults with the reason: a run says the same when it begins. */
async function readFlows(input: {
  ctx: ServiceContext
  id: string
  open: OpenBase
  parse: Parameters<typeof listFlows>[0]['parse']
}): Promise<Pick<FlowList, 'config' | 'branch' | 'problem'>> {
  try {
    const { ctx, id, open, parse } = input
    return await listFlows({ ctx, input: { repository: id }, open, parse })
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    return {
      config: defaultConfig(),
      branch: null,
      problem: [error.message, error.mend].filter(Boolean).join(' '),
    }
  }
}

function choice(flow: Pick<NamedFlow, 'name' | 'from' | 'about' | 'steps' | 'problem'>): FlowChoiceView {
  const { name, from, about, steps, problem } = flow
  const works = steps.some((step) => step === 'planner' || step === 'coder' || step === 'debugger')
  const needsTask = flowsWithTask.includes(name) || (from === 'devpilot.yaml' && works)
  return { name, about, steps, problem, needsTask, asksModel: agentsOf(steps).length > 0 }
}

function aboutAuto(auto: Pick<NamedFlow, 'steps'>, named: readonly NamedFlow[]): string {
  const same = named.find((one) => one.steps.join() === auto.steps.join())
  return same
    ? `Here it is the flow ${same.name}. ${same.about}`.trim()
    : 'The steps of pipeline.flow in devpilot.yaml.'
}

async function leftToday(
  ctx: ServiceContext,
  repositoryId: string,
  { budget }: Config,
): Promise<number | null> {
  const day = (await databaseNow(ctx.db)).toISOString().slice(0, 10)
  const [, repositoryKey, triggerKey, dayKey] = accountKeys({ id: '', repositoryId, trigger: 'manual' }, day)
  const limits = [
    [repositoryKey, budget.per_repository_day_usd],
    [triggerKey, budget.per_trigger_day_usd],
    [dayKey, budget.per_day_usd],
  ] as const
  const bounded = limits.flatMap(([key, usd]) => (key === undefined || usd === null ? [] : [{ key, usd }]))
  if (bounded.length === 0) return null
  const keys = bounded.map(({ key }) => key)
  const rows = await ctx.db.select().from(budgetAccounts).where(inArray(budgetAccounts.key, keys))
  const left = bounded.map(({ key, usd }) => {
    const limitMicros = Math.round(usd * MICROS_PER_DOLLAR)
    const row = rows.find((one) => one.key === key) ?? { key, spentMicros: 0, reservedMicros: 0 }
    return remainingMicros({ ...row, limitMicros })
  })
  return Math.min(...left)
}

async function modelOf(modelName: ModelName, config: Config) {
  try {
    return { model: await modelName(config), modelProblem: null }
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    return { model: null, modelProblem: [error.message, error.mend].filter(Boolean).join(' ') }
  }
}
