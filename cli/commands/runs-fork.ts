import { z } from 'zod'
import { providerNames } from '@/lib/core/names'
import { changeOptions, changesOf } from '../changes'
import { withApi } from '../connect'
import { followRun, sayDetached } from '../follow'
import { flagNumber, type Invocation, parseOptions } from '../invocation'
import { resolveRun } from '../resolve'

const options = changeOptions.extend({
  at: z.string().trim().min(1).optional(),
  turn: flagNumber.int().positive().optional(),
  provider: z.enum(providerNames).optional(),
  budget: flagNumber.positive().max(10_000).optional(),
  reason: z.string().trim().min(1).optional(),
  detach: z.boolean().default(false),
})

export async function command({ args, options: raw, io }: Invocation): Promise<number> {
  const given = parseOptions(options, raw)
  const { at, turn, provider, budget, reason, detach } = given
  const body = {
    ...(await changesOf(given)),
    ...(at === undefined ? {} : { at }),
    ...(turn === undefined ? {} : { turn }),
    ...(provider === undefined ? {} : { provider }),
    ...(budget === undefined ? {} : { budgetUsd: budget }),
    ...(reason === undefined ? {} : { reason }),
  }
  return withApi(io, async (api) => {
    const run = await api.forkRun(await resolveRun(api, String(args[0])), body)
    if (detach) {
      await sayDetached(api, run, io)
      return 0
    }
    io.note(`fork ${run.id}${api.pages ? `  ${api.pages}/runs/${run.id}` : ''}`)
    return followRun(api, run.id, io)
  })
}
