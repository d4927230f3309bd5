import type { FlowStep } from '@/lib/core/flow'
import type { ServiceContext } from '@/lib/services/context'
import { drain, goOn, scriptedEngine } from './scripted-engine'
import { someRun } from './services'

const flow: FlowStep[] = ['prepare', 'planner', 'coder']

/** A run that the engine gave up at its planner: its one try ended in a passing trouble. */
export async function deadRun(ctx: ServiceContext): Promise<string> {
  const run = await someRun(ctx)
  await drain(
    scriptedEngine(ctx.db, (work) =>
      work.run.id === run && work.run.state.step === 'planner'
        ? { kind: 'error', transient: true, code: 'model_error', message: 'The model is overloaded.' }
        : goOn(work, flow, { maxAttempts: 1 }),
    ),
  )
  return run
}
