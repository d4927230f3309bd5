import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import { programName } from '@/lib/env'
import { AppError } from '@/lib/errors'
import { packageRoot } from '@/lib/root'
import type { RunView } from '@/lib/services/views'
import type { Api } from '../api'
import { freshSample, recordingPath } from '../demo/sample'
import { type DemoServer, startServer } from '../demo/server'
import { demoVariables, type Seen, sayEnded } from '../demo/way-back'
import { type ExitCode, exitCodes } from '../exit-codes'
import { followRun } from '../follow'
import { gateAwaits } from '../gate-ways'
import { type Invocation, parseOptions } from '../invocation'
import type { Io } from '../io'
import { runMark } from '../marks'
import { say, sayAs } from '../say'
import { stopOnSignals } from '../signals'
import { plain } from '../text'

const options = z.object({
  live: z.boolean().default(false),
  record: z.boolean().default(false),
  yes: z.boolean().default(false),
  model: z.string().min(1).optional(),
})
type Options = z.output<typeof options>

/**
 * The main job on a sample: an issue becomes a planned, reviewed, tested change that waits at a gate, and is merged
 * when it is approved. Model calls are replayed from a recorded run unless --live asks for a real model.
 */
export async function command({ options: raw, io }: Invocation): Promise<number> {
  const wanted = parseOptions(options, raw)
  const home = join(packageRoot(), '.devpilot')
  const server = await startServer(home, io)
  const stop = stopOnSignals(io, false)
  const variables = demoVariables(home, server.port)
  const seen: Seen = { run: null, view: null, gate: null }
  sayAs(`${variables} ${programName()}`)
  try {
    return await demo({ server, home, seen, stop }, wanted, io)
  } catch (error) {
    // A terminal's Ctrl-C goes to the server, too: what was asked of it in that moment has no answer.
    if (!stop.aborted) throw error
    return exitCodes.cancelled
  } finally {
    await server.stop()
    if (stop.aborted) sayEnded(seen, variables, io)
  }
}

interface Stage {
  readonly server: DemoServer
  readonly home: string
  readonly seen: Seen
  readonly stop: AbortSignal
}

async function demo({ server, home, seen, stop }: Stage, wanted: Options, io: Io): Promise<ExitCode> {
  const { api } = server
  const repository = await freshSample(home)
  if (wanted.record) await rm(recordingPath(), { force: true })
  io.note(`Repository  ${repository}`)
  io.note(`Dashboard   ${server.link}`)
  io.note(
    wanted.live || wanted.record ? 'Model       a real one\n' : 'Model       replayed from a recorded run\n',
  )
  const model = wanted.record
    ? { record: recordingPath() }
    : wanted.live
      ? {}
      : { recording: recordingPath() }
  const run = await api.startRun(
    {
      repository,
      flow: 'issue',
      trigger: 'github_issue',
      issue: 1,
      overrides: { ...model, ...(wanted.model ? { model: wanted.model } : {}) },
    },
    true,
  )
  seen.run = run.id
  const begun = performance.now()
  const first = await followRun(api, run.id, io, { goOn: false })
  if (first === exitCodes.cancelled) return first
  if (first !== exitCodes.gate) return failed(await api.getRun(run.id), io)
  const waiting = await api.getRun(run.id)
  seen.view = waiting
  if (waiting.gateId) seen.gate = await api.getGate(waiting.gateId)
  if (wanted.yes) await approve(api, waiting, io)
  else
    io.note(
      `\n${seen.gate ? gateAwaits(seen.gate) : 'This goes on by itself.'} Ctrl-C ends the demo.\nA browser that is not signed in yet: ${server.link}&next=/gates/${waiting.gateId}`,
    )
  const ended = await decided({ api, run: run.id, seen, stop }, io)
  if (ended === null) return exitCodes.cancelled
  const merged = ended.status === 'succeeded'
  if (merged) summarise(ended, performance.now() - begun, io)
  const code = merged ? exitCodes.ok : failed(ended, io)
  if (wanted.yes) sayEnded(seen, demoVariables(home, server.port), io)
  else await stay(server, run.id, stop, io)
  return code
}

async function approve(api: Api, view: RunView, io: Io): Promise<void> {
  const gate = view.gates.find((one) => one.id === view.gateId)
  if (!gate) throw new AppError('not_found', 'The run waits at no gate.')
  io.note(`\nApproving ${gate.name} (--yes) …`)
  await api.decideGate(gate.id, {
    decision: 'approve',
    reason: 'npm run demo -- --yes',
    evidence: gate.evidence,
  })
}

/** Waits until the run has ended; a second gate is shown like the first. null: stopped by Ctrl-C. */
async function decided(
  { api, run, seen, stop }: { api: Api; run: string; seen: Seen; stop: AbortSignal },
  io: Io,
): Promise<RunView | null> {
  let gate: string | null = (await api.getRun(run)).gateId
  for (;;) {
    const view = await api.getRun(run)
    seen.view = view
    if (!['queued', 'running', 'waiting_gate'].includes(view.status)) return view
    if (view.gateId !== null && gate !== null && view.gateId !== gate) {
      io.note(`\nAnother gate: ${view.detail}\n  ${say(`gate show ${view.gateId}`)}`)
      seen.gate = await api.getGate(view.gateId)
    }
    gate = view.gateId ?? gate
    if (await stopped(stop, 400)) return null
  }
}

async function stopped(signal: AbortSignal, ms: number): Promise<boolean> {
  await sleep(ms, undefined, { signal }).catch(() => undefined)
  return signal.aborted
}

function summarise(view: RunView, ms: number, io: Io): void {
  const merge = view.pullRequest?.mergeSha?.slice(0, 7) ?? '?'
  const parts = view.evaluation
    ? Object.entries(view.evaluation.parts).map(
        ([name, part]) => `${name.replaceAll('_', ' ')} ${part.value}`,
      )
    : []
  const tokens = view.inputTokens + view.outputTokens
  io.data(view, () =>
    [
      '',
      `✓ merged    ${merge} into ${view.target ?? 'main'}`,
      `  score     ${view.score ?? '-'} of 100 (${parts.join(', ')})`,
      `  cost      $${(view.costMicros / 1_000_000).toFixed(2)} at the price of the sample's devpilot.yaml, ${view.turns} turns, ${tokens} tokens`,
      `  time      ${Math.round(ms / 1000)} s`,
    ].join('\n'),
  )
}

async function stay(server: DemoServer, id: string, stop: AbortSignal, io: Io): Promise<void> {
  io.note(`\nThe dashboard stays open until Ctrl-C: ${server.url}/runs/${id}`)
  while (!(await stopped(stop, 60_000)));
}

function failed(view: RunView, io: Io): ExitCode {
  const { icon, word, tone } = runMark(view.status)
  io.note(`\n${io.paintNote(tone, `${icon} ${word}`)}  ${plain(view.detail)}`)
  if (view.error?.mend) io.note(`mend: ${view.error.mend}`)
  return view.status === 'cancelled' ? exitCodes.cancelled : exitCodes.runFailed
}
