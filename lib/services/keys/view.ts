import { z } from 'zod'
import { keyScopes } from '@/lib/core/access'

const time = z.iso.datetime()

export const keyViewSchema = z.object({
  id: z.uuid(),
  name: z.string(),
  prefix: z.string(),
  scopes: z.array(z.enum(keyScopes)),
  /** Who made it, and in whose name it acts. */
  user: z.object({ id: z.string(), name: z.string() }),
  createdAt: time,
  expiresAt: time.nullable(),
  usedAt: time.nullable(),
  revokedAt: time.nullable(),
  /** `revoked`, `expired`, `closed` where its maker was deactivated. */
  state: z.enum(['active', 'revoked', 'expired', 'closed']),
})
export type KeyView = z.infer<typeof keyViewSchema>

/** The one time that a key is shown. */
export const madeKeySchema = keyViewSchema.extend({ key: z.string() })
export type MadeKey = z.infer<typeof madeKeySchema>
