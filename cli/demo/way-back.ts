import { isEnded } from '@/lib/core/status'
import { env, variablesFor } from '@/lib/env'
import type { RunView } from '@/lib/services/views'
import { type Decidable, gateWays } from '../gate-ways'
import type { Io } from '../io'
import { say } from '../say'

/** What stands before a command about the demo's installation. A server that the shell names is another one. */
export function demoVariables(home: string, port: number): string {
  return `${variablesFor(home, port)}${env().DEVPILOT_URL === undefined ? '' : ' DEVPILOT_URL='}`
}

/** What was last known of the run, for the one who ends the demo: its server is gone by then. */
export interface Seen {
  run: string | null
  view: Pick<RunView, 'status' | 'gateId'> | null
  /** The gate that it waited at last. */
  gate: Decidable | null
}

/** Said when the demo was stopped: what is left, and how it goes on without the demo. */
export function sayEnded({ run, view, gate }: Readonly<Seen>, variables: string, io: Io): void {
  const lines = ['\nThe demo has ended, and its server with it.']
  if (view?.status === 'waiting_gate' && gate?.id === view.gateId) {
    lines.push('Its gate still waits. Without the server:', ...gateWays(gate))
  } else if (run !== null && (view === null || !isEnded(view.status))) {
    lines.push(`Its run is kept, and goes on from its last turn with:\n  ${say(`runs resume ${run}`)}`)
  }
  lines.push(`The dashboard on the demo's data again:\n  ${variables} npm start`, TWO_HOMES)
  io.note(lines.join('\n'))
}

const TWO_HOMES =
  'Without DEVPILOT_HOME, `npm start` and `devpilot` use ~/.devpilot: the demo’s data is in its own folder alone.'
