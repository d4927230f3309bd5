import { z } from 'zod'
import { withApi } from '../connect'
import { gateText } from '../gate-text'
import { type Invocation, parseOptions } from '../invocation'
import { resolveAnyGate } from '../resolve'

const options = z.object({ id: z.string().min(1).optional() })

export async function command({ args, options: raw, io }: Invocation): Promise<number> {
  const { id } = parseOptions(options, raw)
  return withApi(io, async (api) => {
    const gate = await api.getGate(
      await resolveAnyGate(api, id ?? (typeof args[0] === 'string' ? args[0] : undefined)),
    )
    io.data(gate, () => gateText(gate, io, true))
    return 0
  })
}
