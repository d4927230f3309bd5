/**
 * A real worker process for tests: `tsx worker-process.ts '{"home":…,"url":…,"script":…,"hang":true}'`. It drives every
 * due run with a coder whose model answers from a shared script, and prints `hanging` in the middle of a call's tool.
 * With `temporal` (an address and a task queue) it is a worker of Temporal's, until it is stopped.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import { openDatabase } from '@/lib/db/client'
import { AppError } from '@/lib/errors'
import { lookTwice, scriptedCoder } from './scripted-coder'
import { drain, goOn, type Script, scriptedEngine, scriptedRunner } from './scripted-engine'
import { sharedScript } from './scripted-model'
import { drivenByTemporal } from './temporal-engine'

const given = z
  .object({
    home: z.string(),
    url: z.string().optional(),
    script: z.string(),
    hang: z.boolean(),
    temporal: z.object({ address: z.string(), taskQueue: z.string(), heartbeatMs: z.number() }).optional(),
  })
  .parse(JSON.parse(process.argv[2] ?? '{}'))
const { db, close } = await openDatabase({ home: given.home, url: given.url })
const model = sharedScript(lookTwice, given.script)
const seen: boolean[] = []
const say = (line: string) => process.stdout.write(`${line}\n`)

const script: Script = async (work, record) => {
  if (work.bead.step !== 'coder') return goOn(work, ['prepare', 'coder', 'reviewer'])
  seen.push(work.bead.resumed)
  say(`began ${work.claim.token}`)
  const hang = async (at: number) => {
    if (!given.hang || at !== 2) return
    say('hanging')
    // A process that is stopped and continued goes on where it was: it finds the time over, and writes.
    const until = Date.now() + 8_000
    while (Date.now() < until && !work.signal.aborted) await new Promise((resolve) => setTimeout(resolve, 50))
    // Whatever it has been told: what counts is whether the database takes it.
    await record.event('log', { text: 'written late' }).then(
      () => say('late write: taken'),
      (error: unknown) => say(`late write: ${error instanceof AppError ? error.code : String(error)}`),
    )
  }
  try {
    return await scriptedCoder(work, record, model, hang)
  } catch (error) {
    say(`refused: ${error instanceof Error && 'code' in error ? error.code : String(error)}`)
    throw error
  }
}

if (given.temporal) {
  const onError = (message: string, error: unknown) => say(`error: ${message}: ${String(error)}`)
  const driven = await drivenByTemporal(db, scriptedRunner(db, script), { ...given.temporal, onError })
  const stopping = new AbortController()
  process.once('SIGTERM', () => stopping.abort())
  say('polling')
  while (!stopping.signal.aborted) {
    await driven.hand()
    // Told to stop, it stops at once, and hands nothing over any more.
    await sleep(200, undefined, { signal: stopping.signal }).catch(() => undefined)
  }
  await driven.stop()
  await close()
  say('stopped')
} else {
  await drain(scriptedEngine(db, script, { owner: `process:${process.pid}` }))
  say(`resumed ${seen.join()}`)
  await close()
}
