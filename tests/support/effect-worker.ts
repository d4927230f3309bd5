/**
 * A real worker process for the tests of effects: it waits for its work as a line on stdin, then drives due runs with
 * a scripted prepare and coder and the real pr, evaluate, gate and merge, over a real checkout. Its forge is GitHub's
 * API at `github`, or the local forge of `repository`.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { z } from 'zod'
import type { FlowStep } from '@/lib/core/flow'
import { isGate } from '@/lib/core/flow'
import { beganAtOf, createCommitRecord } from '@/lib/db/bundles'
import { openDatabase } from '@/lib/db/client'
import { createLocalForgeStore } from '@/lib/db/local-forge'
import { createRecord } from '@/lib/db/record'
import { createStore } from '@/lib/db/store'
import { createEngine } from '@/lib/engine/engine'
import { toAppError } from '@/lib/errors'
import type { BeforeWrite, Forge } from '@/lib/forge/forge'
import { createGitHubForge } from '@/lib/forge/github/github'
import { createLocalForge } from '@/lib/forge/local'
import { deliverNotifications } from '@/lib/runtime/notifications'
import { stepOf } from '@/lib/steps'
import type { Bench, StepContext } from '@/lib/steps/ports'
import { openBench } from '@/lib/workspace/bench/open'
import { goOn, type Work } from './scripted-engine'
import { gatePolicy } from './walk'

const schema = z.object({
  home: z.string(),
  url: z.string(),
  repository: z.string(),
  github: z.object({ url: z.string(), token: z.string() }).nullable(),
  /** At which write it stops itself, 1 for the first, and how. */
  stop: z.object({ write: z.int(), signal: z.enum(['SIGKILL', 'SIGSTOP']) }).nullable(),
})
export type EffectWork = z.infer<typeof schema>

process.stdout.write('ready\n')
const line = await new Promise<string>((resolve) => createInterface(process.stdin).once('line', resolve))
const given = schema.parse(JSON.parse(line))
const flow: FlowStep[] = ['prepare', 'coder', 'pr', 'evaluate', 'gate:pre-merge-main', 'merge']
const real = new Set<FlowStep>(['pr', 'evaluate', 'merge'])

const { db, close } = await openDatabase({ home: given.home, url: given.url })

let writes = 0
/** Stops this very process right before a write, as a power cut or a paused machine would. */
const stopping =
  (beforeWrite: BeforeWrite): BeforeWrite =>
  async () => {
    writes += 1
    if (given.stop?.write === writes) {
      process.stdout.write(`stopping at ${writes}\n`)
      await new Promise((resolve) => setTimeout(resolve, 50))
      process.kill(process.pid, given.stop.signal)
    }
    await beforeWrite()
  }

async function forgeOf(
  run: Work['run'] | { id: string; repository: Work['run']['repository'] },
  beforeWrite: BeforeWrite,
): Promise<Forge> {
  const guard = stopping(beforeWrite)
  const urlFor = (number: number) => `http://devpilot.test/runs/${run.id}?pull=${number}`
  if (given.github === null) {
    const store = createLocalForgeStore(db, run.repository.id, urlFor)
    return createLocalForge({ repositoryPath: given.repository, store, urlFor, beforeWrite: guard })
  }
  const { url: baseUrl, token } = given.github
  return createGitHubForge({
    owner: 'acme',
    repo: 'shop',
    auth: { token },
    baseUrl,
    push: 'api',
    paced: false,
    retryBaseMs: 1,
    beforeWrite: guard,
  })
}

function contextOf(work: Work): StepContext {
  const { run, bead, signal, hangUp } = work
  let opened: Promise<Bench> | null = null
  const bench = () => {
    // Its source is the folder, whatever forge it has.
    const repository = { ...run.repository, forge: 'local' as const, source: given.repository }
    const log = () => {}
    opened ??= beganAtOf(db, bead).then((beganAt) =>
      openBench({
        home: given.home,
        run: { ...run, repository },
        resumed: bead.resumed,
        beganAt,
        record: createCommitRecord(db, work.claim),
        header: undefined,
        log,
        signal,
      }),
    )
    return opened
  }
  const record = createRecord({ ...work, db, config: async () => (await bench()).config })
  const never = () => Promise.reject(new Error('this worker has no model'))
  return {
    run,
    bead,
    signal,
    hangUp,
    record,
    bench,
    model: never,
    prompts: never,
    forge: () => forgeOf(run, record.beforeWrite),
    runUrl: `http://devpilot.test/runs/${run.id}`,
    now: Date.now,
  }
}

async function scripted(work: Work, context: StepContext) {
  const bench = await context.bench()
  const workspace = bench.workspace(null)
  if (work.bead.step === 'prepare') {
    const gates = [gatePolicy('pre-merge-main', { timeoutHours: null, notify: ['github'] })]
    const run = { baseSha: bench.baseSha, headSha: bench.baseSha, branch: bench.branch }
    return { outcome: goOn(work, flow, { maxAttempts: 1_000, gates }), run }
  }
  writeFileSync(join(given.home, 'worktrees', work.run.id, 'files', 'new.txt'), 'new\n')
  const headSha = await workspace.commit('a change')
  await context.record.review(headSha ?? '', {
    decision: 'approve',
    confidence: 1,
    summary: 'Good.',
    comments: [
      { file: 'new.txt', line: 1, severity: 'note', category: 'style', body: 'One.' },
      { file: 'new.txt', line: null, severity: 'warning', category: 'style', body: 'Two.' },
    ],
  })
  return { outcome: goOn(work, flow), run: { headSha: headSha ?? (await workspace.headSha()) } }
}

const engine = createEngine({
  store: createStore(db),
  owner: `process:${process.pid}`,
  toError: toAppError,
  random: () => 0,
  onError: (message, error) => process.stderr.write(`${message}: ${String(error)}\n`),
  async runStep(work) {
    const context = contextOf(work)
    const { step } = work.run.state
    if (step === 'end' || !(real.has(step) || isGate(step))) return scripted(work, context)
    return stepOf(step, { scaffoldFiles: async () => [], checkConfig: () => undefined })(context)
  },
})
await engine.tick({ now: () => 0, until: Number.POSITIVE_INFINITY })
await deliverNotifications({
  db,
  forgeOf,
  runUrl: (run) => `http://devpilot.test/runs/${run}`,
  random: () => 0,
})
process.stdout.write(`done after ${writes} writes\n`)
await close()
process.exit(0)
