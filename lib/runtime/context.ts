import { unmetApprovers } from '@/lib/core/approvers'
import { defaultConfig } from '@/lib/core/config'
import type { BeadRecord, RunRecord } from '@/lib/core/record'
import { beganAtOf, createCommitRecord } from '@/lib/db/bundles'
import type { Db } from '@/lib/db/client'
import { createRecord } from '@/lib/db/record'
import type { Claim } from '@/lib/engine/store'
import { AppError } from '@/lib/errors'
import { log as logLine } from '@/lib/log'
import { requestHash } from '@/lib/models/request-hash'
import type { Bench, StepContext } from '@/lib/steps/ports'
import { openBench } from '@/lib/workspace/bench/open'
import { forgeOf, gitHeaderOf, runUrl } from './forge'
import { modelFor } from './models'
import { loadPrompts } from './prompts'

export interface WorkInput {
  readonly db: Db
  readonly home: string
  readonly claim: Claim
  readonly run: RunRecord
  readonly bead: BeadRecord
  readonly signal: AbortSignal
  readonly hangUp: AbortSignal
  /** Ends git and commands. */
  readonly cut: AbortSignal
}

/** Everything one step is given, each part made when it is first asked for. */
export function stepContext(input: WorkInput): StepContext {
  const { db, home, claim, run, bead, signal, hangUp, cut } = input
  let opened: Promise<Bench> | null = null
  let toldUnpriced = false
  const record = createRecord({
    db,
    claim,
    run,
    bead,
    signal,
    hashOf: requestHash,
    config: async () => (opened ? (await opened).config : defaultConfig()),
  })
  const commits = createCommitRecord(db, claim)
  const log = (text: string) => {
    record.event('log', { text }).catch((error: unknown) => {
      // Nobody waits for this: thrown, it would end the process.
      if (!(error instanceof AppError && error.code === 'lease_lost'))
        logLine('warn', 'a line of the live log could not be kept', { run: run.id, error: String(error) })
    })
  }
  const bench = () => {
    opened ??= gitHeaderOf(run).then(async (header) => {
      const beganAt = await beganAtOf(db, bead)
      const { resumed } = bead
      const options = { home, run, resumed, beganAt, record: commits, header, log, signal: cut }
      const bench = await openBench(options)
      // Before any money is spent on a change that nobody could let through. Without accounts there is one user.
      if (bead.step === 'prepare')
        for (const warning of unmetApprovers(bench.config, 1)) log(`warning: ${warning}`)
      return bench
    })
    return opened
  }
  const once = <T>(make: () => Promise<T>): (() => Promise<T>) => {
    let made: Promise<T> | null = null
    return () => {
      made ??= make()
      return made
    }
  }
  return {
    run,
    bead,
    signal,
    hangUp,
    record,
    bench,
    async model(agent) {
      const { config } = await bench()
      const model = await modelFor(agent, { config, overrides: run.overrides, roots: [home] })
      // prepare asks for every model before money is spent, so that this is said once in a run.
      if (bead.step === 'prepare' && model.price === null && !run.overrides.recording && !toldUnpriced) {
        toldUnpriced = true
        log(
          `warning: the price of ${model.name} is not known: limits in dollars do not hold, limits of turns and tokens do. Set llm.prices to count money.`,
        )
      }
      return model
    },
    forge: once(() => forgeOf(db, run, record.beforeWrite)),
    runUrl: runUrl(run.id),
    prompts: once(async () => loadPrompts((await bench()).readBase, run.overrides.prompts)),
    now: Date.now,
  }
}
