import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import { env } from '@/lib/env'
import { AppError } from '@/lib/errors'
import { packageRoot } from '@/lib/root'
import type { RunView } from '@/lib/services/views'
import type { Api } from '../api'
import { freshSample, recordingPath } from '../demo/sample'
import { type DemoServer, startServer } from '../demo/server'
import { type ExitCode, exitCodes } from '../exit-codes'
import { followRun } from '../follow'
import { type Invocation, parseOptions } from '../invocation'
import type { Io } from '../io'
import { say, sayAs } from '../say'
import { stopOnSignals } from '../signals'

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
  try {
    return await demo(server, home, wanted, io)
  } finally {
    await server.stop()
  }
}

async function demo(server: DemoServer, home: string, wanted: Options, io: Io): Promise<ExitCode> {
  const { api } = server
  sayAs(`DEVPILOT_HOME=${home} DEVPILOT_URL=${server.url} ${env().DEVPILOT_PROGRAM}`)
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
  const run = await api.startRun({
    repository,
    flow: 'issue',
    trigger: 'github_issue',
    issue: 1,
    overrides: { ...model, ...(wanted.model ? { model: wanted.model } : {}) },
  })
  const begun = performance.now()
  const first = await followRun(api, run.id, io)
  if (first === exitCodes.cancelled) return first
  if (first !== exitCodes.gate) return failed(await api.getRun(run.id), io)
  const waiting = await api.getRun(run.id)
  if (wanted.yes) await approve(api, waiting, io)
  else
    io.note('\nLook at the change, then approve or reject it: this goes on by itself. Ctrl-C ends the demo.')
  const ended = await decided(api, run.id, io)
  if (ended === null) return exitCodes.cancelled
  if (ended.status !== 'succeeded') return failed(ended, io)
  summarise(ended, performance.now() - begun, io)
  if (!wanted.yes) await stay(server, run.id, io)
  return exitCodes.ok
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
async function decided(api: Api, id: string, io: Io): Promise<RunView | null> {
  const stop = stopOnSignals(io)
  let gate: string | null = (await api.getRun(id)).gateId
  for (;;) {
    const view = await api.getRun(id)
    if (!['queued', 'running', 'waiting_gate'].includes(view.status)) return view
    if (view.gateId !== null && gate !== null && view.gateId !== gate) {
      io.note(`\nAnother gate: ${view.detail}\n  ${say(`gate show ${view.gateId}`)}`)
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

async function stay(server: DemoServer, id: string, io: Io): Promise<void> {
  io.note(`\nThe dashboard stays open until Ctrl-C: ${server.url}/runs/${id}`)
  const stop = stopOnSignals(io)
  while (!(await stopped(stop, 60_000)));
}

function failed(view: RunView, io: Io): ExitCode {
  if (view.error?.mend) io.note(`mend: ${view.error.mend}`)
  return view.status === 'cancelled' ? exitCodes.cancelled : exitCodes.runFailed
}
