import { z } from 'zod'
import type { SignalName } from '../api'
import { withApi } from '../connect'
import { followRun, lastMoment, sayDetached } from '../follow'
import { type CommandModule, flagNumber, type Invocation, parseOptions } from '../invocation'
import { runMark } from '../marks'
import { resolveRun } from '../resolve'

const options = z.object({
  reason: z.string().trim().min(1).optional(),
  from: z.string().min(1).optional(),
  budget: flagNumber.positive().max(10_000).optional(),
  detach: z.boolean().default(false),
})

function steer(kind: SignalName): CommandModule {
  return {
    async command({ args, options: raw, io }: Invocation) {
      const { reason, from, budget, detach } = parseOptions(options, raw)
      const body = {
        ...(reason ? { reason } : {}),
        ...(from ? { from } : {}),
        ...(budget === undefined ? {} : { budgetUsd: budget }),
      }
      return withApi(io, async (api) => {
        const id = await resolveRun(api, String(args[0]))
        const before = await api.getRun(id)
        // A run that was left in the middle needs no signal to go on: it is due already, or waits for people.
        const due = ['queued', 'running', 'waiting_gate', 'waiting_external'].includes(before.status)
        const run =
          kind === 'resume' && budget === undefined && due ? before : await api.signalRun(kind, id, body)
        if (kind === 'cancel') {
          io.data(run, () => `${runMark(run.status).icon} ${runMark(run.status).word}: ${run.title}`)
          return 0
        }
        if (!detach) return followRun(api, id, io, { since: lastMoment(before) })
        await sayDetached(api, run, io)
        return 0
      })
    },
  }
}

export const cancel = steer('cancel')
export const retry = steer('retry')
export const resume = steer('resume')
export const skip = steer('skip')
