import { z } from 'zod'
import { runAgent } from '@/lib/agents/loop'
import type { Model } from '@/lib/agents/model'
import { parsePrompt } from '@/lib/agents/prompt'
import { defineTool } from '@/lib/agents/tool'
import type { FlowStep } from '@/lib/core/flow'
import type { StepResult } from '@/lib/core/record'
import { createCommitRecord } from '@/lib/db/bundles'
import type { Db } from '@/lib/db/client'
import type { StepRunner } from '@/lib/engine/engine'
import type { Claim } from '@/lib/engine/store'
import { AppError } from '@/lib/errors'
import { createGitHubForge } from '@/lib/forge/github/github'
import { packageFile } from '@/lib/root'
import { stepContext } from '@/lib/runtime/context'
import { stepOf } from '@/lib/steps'
import type { StepContext } from '@/lib/steps/ports'
import { gatePolicy, limitsOf, someTask } from '@/tests/support/walk'
import { PRICE } from './script'
import { tinyBench } from './tiny-bench'

/** Ten steps: four with models, four that act or look outside, a gate among them. */
export const FLOW: readonly FlowStep[] = [
  'prepare',
  'planner',
  'coder',
  'reviewer',
  'tester',
  'pr',
  'evaluate',
  'gate:pre-merge-main',
  'merge',
  'reflect',
]

export interface Outside {
  readonly db: Db
  readonly home: string
  /** The world as this very process reaches it. */
  readonly world: string
  readonly token: string
  /** Told of every write that was refused because another worker has the run. */
  readonly onStale: (call: string) => void
}

/**
 * The steps of the bench. `pr`, `evaluate`, the gate, `merge` and `reflect` are DevPilot's own, as are the agents'
 * loop, the record and the adapter for GitHub; the checkout, the sandbox and the agents' prompts are not here.
 */
export function benchSteps(outside: Outside): StepRunner {
  return async ({ claim, run, bead, ...signals }) => {
    const { db, home, world, token } = outside
    const made = stepContext({ db, home, claim, run, bead, ...signals })
    const record = watched(made.record, 'record', outside.onStale)
    const tip = async (branch: string) => {
      const answer = await fetch(`${world}/repos/acme/shop/git/ref/heads/${branch}`, {
        headers: { authorization: `Bearer ${token}` },
      })
      if (!answer.ok) throw new AppError('forge_error', `${branch} is not there.`, { transient: true })
      return z.object({ object: z.object({ sha: z.string() }) }).parse(await answer.json()).object.sha
    }
    const { beforeWrite } = createCommitRecord(db, claim)
    const bench = tinyBench({ home, run, tipOf: tip, beforeWrite })
    const context: StepContext = {
      ...made,
      record,
      bench: async () => bench,
      forge: async () =>
        createGitHubForge({
          owner: 'acme',
          repo: 'shop',
          auth: { token },
          baseUrl: world,
          push: 'api',
          paced: false,
          retryBaseMs: 50,
          beforeWrite: record.beforeWrite,
        }),
    }
    const { step } = run.state
    switch (step) {
      case 'prepare':
        return { outcome: { kind: 'prepared', flow: [...FLOW], limits, ...targetOf(run.title) } }
      case 'planner':
      case 'coder':
      case 'reviewer':
        return agent(context, claim, step, world)
      case 'tester':
        return { outcome: { kind: 'tests_passed' } }
      case 'end':
        throw new AppError('internal', 'The run has ended.')
      default:
        return stepOf(step, { scaffoldFiles: async () => [], checkConfig: () => undefined })(context)
    }
  }
}

const limits = limitsOf({ gates: [gatePolicy('pre-merge-main')], maxAttempts: 100, maxSteps: 10_000 })

/** Each run merges into a branch of its own: `run 7` into `target-7`. */
function targetOf(title: string): { target: string; mainBranch: string } {
  const target = `target-${title.split(' ')[1]}`
  return { target, mainBranch: target }
}

const prompts = (name: string) => parsePrompt(name, packageFile(`prompts/${name}.md`))
const said = z.object({ summary: z.string() })

async function agent(
  context: StepContext,
  claim: Claim,
  step: 'planner' | 'coder' | 'reviewer',
  world: string,
): Promise<StepResult> {
  const workspace = (await context.bench()).workspace(null)
  const write = defineTool({
    name: 'write_file',
    parameters: z.object({ path: z.string(), content: z.string() }),
    async run(input) {
      await workspace.writeFile(input)
      return `wrote ${input.path}`
    },
  })
  const end = await runAgent(
    {
      prompt: prompts(step),
      task: 'Do what the script says.',
      tools: step === 'coder' ? [write] : [],
      output: said,
      accept: async () => null,
      limits: { turns: 20, wallMs: 3_600_000, tokens: 1_000_000, maxTokens: 100, temperature: 0 },
    },
    {
      model: paidModel(context, claim, world),
      record: context.record,
      prompts,
      commit: async () => (step === 'coder' ? workspace.headSha() : null),
      now: Date.now,
      signal: context.signal,
      hangUp: context.hangUp,
    },
  )
  if (end.kind !== 'finished') return { outcome: { kind: 'stuck', reason: end.kind } }
  if (step === 'planner')
    return { outcome: { kind: 'planned', tasks: [someTask('T1')], confidence: 1, blockers: [] } }
  if (step === 'coder') return { outcome: { kind: 'done' }, summary: end.value }
  const file = `${context.run.id}/first.txt`
  const note = { file, line: 1, severity: 'note', category: 'correctness', body: 'A note.' } as const
  const review = { decision: 'approve', confidence: 1, comments: [note], summary: end.value.summary } as const
  await context.record.review(await workspace.headSha(), { ...review, comments: [note] })
  return { outcome: { kind: 'reviewed', review: { ...review, comments: [note] } } }
}

/** The model of the world, which counts what it is asked. */
function paidModel({ run, bead }: StepContext, claim: Claim, world: string): Model {
  return {
    provider: 'scripted',
    name: 'script',
    price: PRICE,
    async complete(request, signal) {
      const turn = request.messages.filter((message) => message.role === 'assistant').length + 1
      const asked = { run: run.id, step: bead.step, bead: bead.id, turn, token: claim.token }
      const answer = await fetch(`${world}/model`, { method: 'POST', body: JSON.stringify(asked), signal })
      return (await answer.json()) as Awaited<ReturnType<Model['complete']>>
    },
  }
}

/** The same object, with every `lease_lost` that its methods end with told of. */
export function watched<T extends object>(of: T, name: string, onStale: (call: string) => void): T {
  return new Proxy(of, {
    get(target, key, receiver) {
      const value: unknown = Reflect.get(target, key, receiver)
      if (typeof value !== 'function') return value
      return async (...args: unknown[]) => {
        try {
          return await value(...args)
        } catch (error) {
          if (error instanceof AppError && error.code === 'lease_lost') onStale(`${name}.${String(key)}`)
          throw error
        }
      }
    },
  })
}
