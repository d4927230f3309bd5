import { withApi } from '../connect'
import { sayWhatNext } from '../follow'
import type { Invocation } from '../invocation'
import { resolveRun } from '../resolve'
import { showRun } from '../show-run'

export async function command({ args, io }: Invocation): Promise<number> {
  return withApi(io, async (api) => {
    const view = await api.getRun(await resolveRun(api, String(args[0])))
    showRun(view, io)
    if (!io.json) await sayWhatNext(api, view, io)
    return 0
  })
}
