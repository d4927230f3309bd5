import { isEnded, type RunStatus } from '@/lib/core/status'
import type { RunSummary, RunView } from '@/lib/services/views'
import type { Api } from './api'
import { eventLine } from './event-line'
import { type ExitCode, exitCodes } from './exit-codes'
import { gateWays } from './gate-ways'
import type { Io } from './io'
import { say } from './say'
import { showRun } from './show-run'
import { stopOnSignals } from './signals'

const rests = (status: RunStatus) =>
  isEnded(status) || status === 'waiting_gate' || status === 'paused_budget'

export interface FollowOptions {
  /** Events up to this time (of the database's clock) are known already. */
  readonly since?: string | null
  /** Whether who stops it is told how the run goes on; the demo says it itself. */
  readonly goOn?: boolean
}

/**
 * Shows a run live on stderr until it ends, waits for people, or is out of money; then the run on stdout.
 * SIGINT and SIGTERM leave the run resumable and say how it goes on.
 * @returns the exit code of spec.md section 13
 */
export async function followRun(
  api: Api,
  run: string,
  io: Io,
  { since = null, goOn = true }: FollowOptions = {},
): Promise<ExitCode> {
  const stop = stopOnSignals(io, api.kind === 'process')
  await api.work()
  await watch(api, run, io, since ?? '', stop)
  if (stop.aborted) {
    if (goOn) sayHowToGoOn(api, run, io)
    return exitCodes.cancelled
  }
  const view = await api.getRun(run)
  showRun(view, io)
  await sayWhatNext(api, view, io)
  return exitCodeOf(view.status)
}

async function watch(api: Api, run: string, io: Io, since: string, stop: AbortSignal): Promise<void> {
  for await (const batch of api.events(run, 0, stop)) {
    for (const event of batch) {
      const line = event.at > since ? eventLine(event, io.paintNote, io.noteColumns) : null
      if (line !== null) io.note(line)
    }
    const look = batch.length === 0 || batch.some((event) => event.kind === 'run')
    if (stop.aborted) return
    if (look && rests((await api.getRun(run)).status)) return
  }
}

function exitCodeOf(status: RunStatus): ExitCode {
  switch (status) {
    case 'succeeded':
      return exitCodes.ok
    case 'waiting_gate':
      return exitCodes.gate
    case 'cancelled':
      return exitCodes.cancelled
    case 'failed':
    case 'rejected':
    case 'aborted':
    case 'paused_budget':
      return exitCodes.runFailed
    case 'queued':
    case 'running':
    case 'waiting_external':
      return exitCodes.ok
    default:
      return status satisfies never
  }
}

function sayHowToGoOn(api: Api, run: string, io: Io): void {
  if (api.kind === 'server') {
    io.note(`\nThe run goes on at the server. Watch it again with:\n  ${say(`logs ${run}`)} --follow`)
    return
  }
  io.note(`\nThe run is kept and goes on from its last turn with:\n  ${say(`runs resume ${run}`)}`)
  io.note(`End it for good with:\n  ${say(`runs cancel ${run}`)}`)
}

/** Link and commands for what a run waits for. */
export async function sayWhatNext(api: Api, view: RunView, io: Io): Promise<void> {
  if (view.status === 'waiting_gate' && view.gateId) {
    const gate = await api.getGate(view.gateId)
    io.note(io.paintNote('yellow', `\n◆ Waiting at gate ${gate.name}: ${gate.reason}`))
    if (api.pages) io.note(`  look:    ${api.pages}/gates/${gate.id}`)
    else io.note(`  look:    ${say(`gate show ${gate.id}`)}`)
    io.note(gateWays(gate).join('\n'))
  }
  if (view.status === 'paused_budget')
    io.note(`\nGive it more with:\n  ${say(`runs resume ${view.id}`)} --budget <dollars>`)
  // What a configuration is refused for, a retry meets again.
  if (view.status === 'failed' && view.error?.code !== 'bad_config')
    io.note(`\nTry again from where it failed with:\n  ${say(`runs retry ${view.id}`)}`)
}

/** A run that is not followed. */
export async function sayDetached(api: Api, run: RunSummary, io: Io): Promise<void> {
  const taken = api.kind === 'server' || (await api.stats()).workers.length > 0
  const how = taken ? '' : ` Nobody works on it yet: start ${say('worker')} or a server.`
  io.data(run, () => run.id)
  io.note(`The run is queued.${how}\n  watch: ${say(`logs ${run.id}`)} --follow`)
}

/** The last time that anything happened to a run, as far as its view tells. */
export function lastMoment(view: RunView): string {
  const times = view.beads.flatMap((bead) => [bead.startedAt, bead.endedAt])
  return [view.createdAt, view.endedAt, ...times].reduce<string>(
    (last, time) => (time !== null && time > last ? time : last),
    '',
  )
}
