import { z } from 'zod'
import { keyScopes } from '@/lib/core/access'
import { withApi } from '../connect'
import { flagNumber, type Invocation, parseOptions } from '../invocation'

const options = z.object({
  scopes: z
    .string()
    .default('read,trigger')
    .transform((text) => text.split(',').map((word) => word.trim()))
    .pipe(z.array(z.enum(keyScopes))),
  days: flagNumber.pipe(z.int().min(1).max(3_650)).default(90),
  forever: z.boolean().default(false),
})

/** Makes an API key. It alone goes to stdout, so that it can be piped into where secrets are kept. */
export async function command({ args, options: raw, io }: Invocation): Promise<number> {
  const { scopes, days, forever } = parseOptions(options, raw)
  return withApi(io, async (api) => {
    const made = await api.createKey({ name: String(args[0]), scopes, days: forever ? null : days })
    io.data(made, () => made.key)
    const until = made.expiresAt === null ? 'until it is revoked' : `until ${made.expiresAt.slice(0, 10)}`
    io.note(`Keep it now: it is not shown again. It opens ${made.scopes.join(', ')} ${until}.`)
    return 0
  })
}
