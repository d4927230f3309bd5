import { type FlowStep, isGate, type StepName } from '@/lib/core/flow'
import { coder } from './coder'
import { debuggerStep } from './debugger'
import { evaluate } from './evaluate'
import { gate } from './gate'
import { merge } from './merge'
import { planner } from './planner'
import type { Step } from './ports'
import { pr } from './pr'
import { prepare } from './prepare'
import { cleanup, reflect } from './reflect'
import { reviewer } from './reviewer'
import { type ScaffoldFiles, scaffoldStep } from './scaffold'
import { tester } from './tester'
import { type CheckConfig, writeStep } from './write'

export interface Adapters {
  readonly scaffoldFiles: ScaffoldFiles
  readonly checkConfig: CheckConfig
}

/** The step behind a name of a flow. */
export function stepOf(step: FlowStep, adapters: Adapters): Step {
  if (isGate(step)) return gate
  const steps: Readonly<Record<StepName, Step>> = {
    prepare,
    planner,
    coder,
    reviewer,
    tester,
    debugger: debuggerStep,
    scaffold: scaffoldStep(adapters.scaffoldFiles),
    write: writeStep(adapters.checkConfig),
    pr,
    evaluate,
    merge,
    reflect,
    cleanup,
  }
  return steps[step]
}
