import { customType } from 'drizzle-orm/pg-core'

/**
 * Text that Postgres takes. It refuses NUL in text and lone surrogates in JSON, and both turn up in what models and
 * programs print (a text cut in the middle of an emoji): one such character must not end a run.
 */
export function storable(text: string): string {
  return text.toWellFormed().replaceAll('\0', '\ufffd')
}

/** How JSON writes what `storable` replaces; an escaped backslash before it looks alike, and costs a second look. */
const unstorable = /\\u(?:0000|d[89a-f])/

/** JSON that Postgres takes: see `storable`. */
export function storableJson(value: unknown): string {
  const text = JSON.stringify(value)
  if (!unstorable.test(text)) return text
  return JSON.stringify(value, (_key, item: unknown) => (typeof item === 'string' ? storable(item) : item))
}

/** As Drizzle's `jsonb`, for values of any origin. */
export const jsonb = customType<{ data: unknown; driverData: string }>({
  dataType: () => 'jsonb',
  toDriver: storableJson,
})

/** As Drizzle's `text`, for text of any origin. */
export const prose = customType<{ data: string; driverData: string }>({
  dataType: () => 'text',
  toDriver: storable,
})

/** Bytes. Drivers give a Buffer or a Uint8Array; both are taken. */
export const bytea = customType<{ data: Uint8Array; driverData: Uint8Array }>({ dataType: () => 'bytea' })

/** Words of a text, for full-text search. Written by the database alone. */
export const tsvector = customType<{ data: string; driverData: string }>({ dataType: () => 'tsvector' })
