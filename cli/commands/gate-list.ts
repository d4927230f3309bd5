import { withApi } from '../connect'
import type { Invocation } from '../invocation'
import { shortId } from '../resolve'
import { ago, short, table } from '../text'

export async function command({ io }: Invocation): Promise<number> {
  return withApi(io, async (api) => {
    const page = await api.listGates({ limit: 100 })
    io.data(page, () =>
      table(
        page.items.map((gate) => [
          shortId(gate.id),
          gate.name,
          short(gate.runTitle, 50),
          short(gate.repository ?? '-', 24),
          `${gate.approvals}/${gate.requiredApprovers}`,
          gate.mayApprove.may ? 'waits for you' : 'waits for somebody else',
          gate.overdue ? io.paint('red', `! overdue, ${ago(gate.openedAt)}`) : ago(gate.openedAt),
        ]),
      ),
    )
    if (page.items.length === 0) io.note('No gate waits for a decision.')
    return 0
  })
}
