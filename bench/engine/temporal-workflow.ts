import {
  condition,
  defineSignal,
  proxyActivities,
  proxySinks,
  type Sinks,
  setHandler,
} from '@temporalio/workflow'

export interface GateSinks extends Sinks {
  gate: { opened(): void }
}

const { step } = proxyActivities<{ step(run: string, name: string): Promise<void> }>({
  startToCloseTimeout: '1 minute',
})
// Tells the bench, at no cost to the server, that somebody may decide now.
const { gate } = proxySinks<GateSinks>()

export const approveSignal = defineSignal('approve')

/** What a team would write for this flow without DevPilot: an activity a step, and the gate as a signal. */
export async function tenSteps(run: string, steps: readonly string[]): Promise<void> {
  let approved = false
  setHandler(approveSignal, () => {
    approved = true
  })
  for (const name of steps) {
    if (name.startsWith('gate:')) {
      gate.opened()
      await condition(() => approved)
    } else {
      await step(run, name)
    }
  }
}
