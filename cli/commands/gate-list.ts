import { z } from 'zod'
import type { GateItem } from '@/lib/services/views'
import { withApi } from '../connect'
import { type Invocation, parseOptions } from '../invocation'
import type { Io } from '../io'
import { shortId } from '../resolve'
import { ago, short, table } from '../text'

const options = z.object({ closed: z.boolean().default(false) })

export async function command({ options: raw, io }: Invocation): Promise<number> {
  const { closed } = parseOptions(options, raw)
  return withApi(io, async (api) => {
    const page = await api.listGates({ limit: 100, status: closed ? 'closed' : 'waiting' })
    io.data(page, () =>
      table(
        page.items.map((gate) => [
          shortId(gate.id),
          gate.name,
          short(gate.runTitle, 50),
          short(gate.repository ?? '-', 24),
          `${gate.approvals}/${gate.requiredApprovers}`,
          ...(closed ? [gate.status, ago(gate.closedAt ?? gate.openedAt)] : waits(gate, io)),
        ]),
      ),
    )
    if (page.items.length === 0) io.note(closed ? 'No gate is closed yet.' : 'No gate waits for a decision.')
    return 0
  })
}

function waits(gate: GateItem, io: Io): [string, string] {
  const who = gate.mayApprove.may ? 'waits for you' : 'waits for somebody else'
  const since = ago(gate.openedAt)
  return [who, gate.overdue ? io.paint('red', `! overdue, ${since}`) : since]
}
