/** A filter beside the statuses: failed runs that no worker tries again until a person puts them back. */
export const GIVEN_UP = 'given_up'

/** What Next gives a page of its URL's query. */
export type SearchParams = Promise<Readonly<Record<string, string | string[] | undefined>>>

/** One value of a query, the first where it stands twice; empty for none. */
export function one(value: string | string[] | undefined): string {
  return (Array.isArray(value) ? value[0] : value) ?? ''
}

/** A whole number of at least 1, else null. */
export function ordinal(value: string | string[] | undefined): number | null {
  const text = one(value)
  return /^[1-9]\d{0,8}$/.test(text) ? Number(text) : null
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
