/**
 * A real worker whose clock is wrong: `tsx clock-process.ts '{"home":…,"url":…,"jumps":[3600000,-3600000]}'` is ahead
 * by the first of them, then by the next, and so on, in turn, every fifth of a second. It works until nothing is left
 * to do, follows schedules meanwhile, and prints what it did, a line for each step.
 */
import { z } from 'zod'

const given = z
  .object({ home: z.string(), url: z.string(), jumps: z.array(z.number()).min(1) })
  .parse(JSON.parse(process.argv[2] ?? '{}'))

const RealDate = Date
let ahead = given.jumps[0] ?? 0
let turn = 0
const timer = setInterval(() => {
  turn += 1
  ahead = given.jumps[turn % given.jumps.length] ?? 0
}, 200)
timer.unref()
globalThis.Date = new Proxy(RealDate, {
  construct: (target, given: unknown[]) =>
    given.length === 0 ? new target(target.now() + ahead) : Reflect.construct(target, given),
  get: (target, name) => (name === 'now' ? () => target.now() + ahead : Reflect.get(target, name)),
})

const { openDatabase } = await import('@/lib/db/client')
const { runDueSchedules } = await import('@/lib/runtime/schedules/due')
const { drain, goOn, scriptedEngine } = await import('./scripted-engine')

const { db, close } = await openDatabase({ home: given.home, url: given.url })
const errors: unknown[] = []
const engine = scriptedEngine(
  db,
  async (work) => {
    // The coder works on for longer than its lease: only its heartbeats keep it.
    await new Promise((resolve) => setTimeout(resolve, work.bead.step === 'coder' ? 2_500 : 20))
    process.stdout.write(`did ${work.run.id} ${work.bead.step}\n`)
    return goOn(work, ['prepare', 'coder', 'reviewer'])
  },
  { owner: `clock:${process.pid}`, leaseMs: 1_500, errors },
)
for (let i = 0; i < 3; i += 1) {
  const { started } = await runDueSchedules({ db, home: given.home })
  for (const { schedule } of started) process.stdout.write(`started ${schedule}\n`)
  await Promise.all([drain(engine), drain(engine), drain(engine)])
}
for (const error of errors) process.stdout.write(`error ${JSON.stringify(String(error))}\n`)
await close()
