import { z } from 'zod'
import type { ReplayReport } from '@/lib/core/replay-report'
import { changeOptions, changesOf } from '../changes'
import { withApi } from '../connect'
import { type Invocation, parseOptions } from '../invocation'
import type { Io } from '../io'
import { resolveRun } from '../resolve'
import { plain, table } from '../text'

const options = changeOptions.omit({ model: true }).extend({ tools: z.boolean().default(false) })

/** Exit code 0 when it is the same, 1 when it parts or could not all be compared: a check can be made of it. */
export async function command({ args, options: raw, io }: Invocation): Promise<number> {
  const given = parseOptions(options, raw)
  const { prompts, config } = await changesOf({ ...given, model: [] })
  const body = { tools: given.tools, ...(prompts ? { prompts } : {}), ...(config ? { config } : {}) }
  return withApi(io, async (api) => {
    const report = await api.replayRun(await resolveRun(api, String(args[0])), body)
    io.data(report, () => reportText(report, io))
    return report.same ? 0 : 1
  })
}

function markOf({ parting, note }: ReplayReport['beads'][number], io: Io): string {
  if (parting !== null) return io.paint('red', '≠')
  return note === null ? io.paint('green', '=') : io.paint('yellow', '?')
}

function reportText({ same, summary, route, beads, tools }: ReplayReport, io: Io): string {
  const rows = beads.map((bead) => [
    `  ${markOf(bead, io)}`,
    `${bead.step}${bead.attempt > 1 ? ` ${bead.attempt}` : ''} (step ${bead.seq})`,
    `${bead.same} of ${bead.turns} turns`,
    bead.note ?? bead.parting?.place ?? '',
  ])
  const partings = [route.parting, ...beads.map((bead) => bead.parting), ...(tools?.partings ?? [])]
  const shown = partings.flatMap((parting) => {
    if (parting === null) return []
    const turn = parting.turn === null ? '' : `, turn ${parting.turn}`
    const head = `${parting.step} (step ${parting.bead})${turn}: ${parting.place}`
    return [`${io.paint('bold', head)}\n${plain(parting.lines)}`]
  })
  const parts = [
    io.paint(same ? 'green' : 'yellow', summary),
    table(rows),
    ...shown,
    ...(route.reason === null ? [] : [`The router says: ${plain(route.reason)}`]),
    ...(tools === null
      ? []
      : [
          `tools: ${tools.same} of ${tools.ran} calls the same, ${tools.left} not run again${tools.note ? `. ${tools.note}` : ''}`,
        ]),
  ]
  return parts.filter((part) => part !== '').join('\n\n')
}
