import type { z } from 'zod'
import { fieldWords } from '@/lib/core/field-words'
import { AppError } from '@/lib/errors'

/** What mends an input, by who reads it. */
export const inputMends = {
  /** On a page; at the command line it names the help (cli/failure.ts). */
  people: 'Correct what is named here.',
  programs: 'Correct these fields; /api/openapi.json describes them all.',
} as const

/**
 * The input of a service, checked. Text is made storable first: Postgres takes neither U+0000 nor half of a
 * surrogate pair, and the output of a terminal may hold both.
 * @throws AppError('bad_request') that names every wrong field; `place` is the first of them.
 */
export function parseInput<S extends z.ZodType>(
  schema: S,
  input: unknown,
  reader: keyof typeof inputMends = 'people',
): z.output<S> {
  const parsed = schema.safeParse(storable(input), { error: fieldWords })
  if (parsed.success) return parsed.data
  const issues = parsed.error.issues.slice(0, 10)
  const lines = issues.map((issue) => `${placeOf(issue)}: ${issue.message}`)
  throw new AppError('bad_request', lines.join('; '), {
    place: issues[0] ? placeOf(issues[0]) : '',
    mend: inputMends[reader],
  })
}

function placeOf(issue: z.core.$ZodIssue): string {
  const path = issue.code === 'unrecognized_keys' ? [...issue.path, issue.keys[0] ?? ''] : issue.path
  return path.map(String).join('.') || 'input'
}

function storable(value: unknown): unknown {
  if (typeof value === 'string') return value.toWellFormed().replaceAll('\0', '\uFFFD')
  if (Array.isArray(value)) return value.map(storable)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, storable(item)]))
}
