import { isEnded } from '@/lib/core/status'
import { env } from '@/lib/env'
import type { RunView } from '@/lib/services/views'
import type { Io } from '../io'
import { say } from '../say'

const USUAL_PORT = 4280

/**
 * What stands before a command about the demo's installation. It holds with the demo's server and without: a command
 * finds a server by its port, and works on the home by itself when none answers there.
 */
export function demoVariables(home: string, port: number): string {
  const other = env().DEVPILOT_URL === undefined ? '' : ' DEVPILOT_URL='
  return `DEVPILOT_HOME=${quoted(home)}${port === USUAL_PORT ? '' : ` DEVPILOT_PORT=${port}`}${other}`
}

/** Said when the demo was stopped: what is left, and how it goes on without the demo. @param view null: not known */
export function sayEnded(
  run: string | null,
  view: Pick<RunView, 'status' | 'gateId'> | null,
  variables: string,
  io: Io,
): void {
  const lines = ['\nThe demo has ended, and its server with it.']
  if (view?.status === 'waiting_gate' && view.gateId) {
    lines.push(
      'Its gate still waits. Decide it without the server:',
      `  approve: ${say(`gate approve ${view.gateId}`)}`,
      `  reject:  ${say(`gate reject ${view.gateId}`)} --reason "…"`,
    )
  } else if (run !== null && (view === null || !isEnded(view.status))) {
    lines.push(`Its run is kept, and goes on from its last turn with:\n  ${say(`runs resume ${run}`)}`)
  }
  lines.push(`The dashboard on the demo's data again:\n  ${variables} npm start`, TWO_HOMES)
  io.note(lines.join('\n'))
}

const TWO_HOMES =
  'Without DEVPILOT_HOME, `npm start` and `devpilot` use ~/.devpilot: the demo’s data is in its own folder alone.'

/** As a shell takes it for one word. */
function quoted(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`
}
