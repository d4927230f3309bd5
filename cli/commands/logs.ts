import { z } from 'zod'
import { isEnded } from '@/lib/core/status'
import { withApi } from '../connect'
import { eventLine } from '../event-line'
import { exitCodes } from '../exit-codes'
import { type Invocation, parseOptions } from '../invocation'
import { resolveRun } from '../resolve'
import { stopOnSignals } from '../signals'

const options = z.object({ follow: z.boolean().default(false) })

/** Events on stdout: lines for people, JSON lines with --json. */
export async function command({ args, options: raw, io }: Invocation): Promise<number> {
  const { follow } = parseOptions(options, raw)
  const stop = stopOnSignals(io, false)
  return withApi(io, async (api) => {
    const id = await resolveRun(api, String(args[0]))
    // Read first: what ends between the two is then still printed.
    let ended = isEnded((await api.getRun(id)).status)
    for await (const batch of api.events(id, 0, stop)) {
      for (const event of batch) {
        if (io.json) io.line(event, () => '')
        else {
          const line = eventLine(event, io.paint, io.columns)
          if (line !== null) io.line(event, () => line)
        }
      }
      if (batch.length === 0 && (!follow || ended)) return exitCodes.ok
      if (follow) ended ||= isEnded((await api.getRun(id)).status)
    }
    return exitCodes.cancelled
  })
}
