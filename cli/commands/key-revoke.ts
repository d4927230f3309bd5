import { withApi } from '../connect'
import type { Invocation } from '../invocation'

/** Revokes an API key by its id or prefix; its next request is refused. */
export async function command({ args, io }: Invocation): Promise<number> {
  return withApi(io, async (api) => {
    const key = await api.revokeKey(String(args[0]))
    io.data(key, () => `Revoked dp_${key.prefix} (${key.name}).`)
    return 0
  })
}
