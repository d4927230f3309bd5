import { type Ignored, searchWords } from '@/lib/core/run-filters'

/** A filter beside the statuses: failed runs that no worker tries again until a person puts them back. */
export const GIVEN_UP = 'given_up'

/** A URL's query, as Next gives it. */
export type Query = Readonly<Record<string, string | string[] | undefined>>
export type SearchParams = Promise<Query>

/** One value of a query, the first where it stands twice; empty for none. */
export function one(value: string | string[] | undefined): string {
  return (Array.isArray(value) ? value[0] : value) ?? ''
}

/** A whole number of at least 1, else null. */
export function ordinal(value: string | string[] | undefined): number | null {
  const text = one(value)
  return /^[1-9]\d{0,8}$/.test(text) ? Number(text) : null
}

/**
 * Reads the address of a list: what makes no sense in it is left out, and told with the reason.
 * @param names what the page takes
 */
export function readAddress(query: Query, names: readonly string[]) {
  const ignored: Ignored[] = Object.entries(query)
    .filter(([name]) => !names.includes(name))
    .map(([name, value]) => ({ name, value: one(value).slice(0, 80), why: 'there is no such filter' }))
  function held<T extends string>(name: string, fits: (value: string) => value is T, why: string): T | ''
  function held(name: string, fits: (value: string) => boolean, why: string): string
  function held(name: string, fits: (value: string) => boolean, why: string): string {
    const value = one(query[name]).trim()
    if (value === '' || fits(value)) return value
    ignored.push({ name, value: value.slice(0, 80), why })
    return ''
  }
  return { held, ignored }
}

/** For texts that are looked for: what is longer is nothing that is there. */
export function isShort(text: string): boolean {
  return text.length <= 200
}

/** Whether there is anything to look for. */
export function hasWord(text: string): boolean {
  return searchWords(text).length > 0
}

/** A path with those parts of a query that hold something. */
export function href(path: string, query: Readonly<Record<string, string | number | null>>): string {
  const params = new URLSearchParams()
  for (const [name, value] of Object.entries(query))
    if (value !== null && value !== '') params.set(name, String(value))
  return params.size > 0 ? `${path}?${params}` : path
}

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

/** Whether a part of a path can be an id at all. */
export function isId(text: string): boolean {
  return uuid.test(text)
}

/** An id of a query; empty for anything else. */
export function oneId(value: string | string[] | undefined): string {
  const text = one(value)
  return isId(text) ? text : ''
}
