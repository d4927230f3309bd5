import { storableJson } from '@/drizzle/schema/columns'
import { redactDeep } from '@/lib/log'

/** A document as it will be read back: redacted, and with text that Postgres takes. Hashes are made over this. */
export function cleanDocument<T>(value: T): T {
  return JSON.parse(storableJson(redactDeep(value)))
}
