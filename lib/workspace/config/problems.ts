import type { z } from 'zod'
import { nearest } from '@/lib/core/nearest'
import { keysAt } from '@/lib/workspace/config/schema-json'

/** Something wrong in a configuration. `offset` is its place in the text, once found. */
export interface Problem {
  readonly path: readonly (string | number)[]
  readonly message: string
  /** The key is at fault, not its value. */
  readonly atKey?: boolean
  readonly offset?: number
}

/** What zod found, one problem for each wrong key or value, in words for people. */
export function describeIssues(issues: readonly z.core.$ZodIssue[]): Problem[] {
  return issues.flatMap((issue): Problem[] => {
    const path = issue.path.map((part) => (typeof part === 'number' ? part : String(part)))
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((key) => ({
        path: [...path, key],
        message: unknownKey(key, keysAt(path)),
        atKey: true,
      }))
    }
    return [{ path, message: message(issue) }]
  })
}

function unknownKey(key: string, names: readonly string[]): string {
  const like = nearest(key, names)
  const hint = like ? `Did you mean "${like}"?` : `Keys here are ${names.join(', ')}.`
  return `unknown key. ${hint}`
}

function message(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return `${article(issue.expected)} is asked for here${found(issue.input)}.`
    case 'invalid_value': {
      const values = issue.values.map(String)
      const like = typeof issue.input === 'string' ? nearest(issue.input, values) : null
      const hint = like ? ` Did you mean "${like}"?` : ''
      return `${shown(issue.input)} is none of ${values.join(', ')}.${hint}`
    }
    case 'too_small':
      return `${shown(issue.input)} is too small: ${issue.inclusive === false ? 'over' : 'at least'} ${issue.minimum}${unit(issue.origin)}.`
    case 'too_big':
      return `${shown(issue.input)} is too large: ${issue.inclusive === false ? 'under' : 'at most'} ${issue.maximum}${unit(issue.origin)}.`
    case 'invalid_format':
      return `${shown(issue.input)} has the wrong form. ${issue.message}`
    default:
      return issue.message
  }
}

const articles: Readonly<Record<string, string>> = {
  string: 'A text',
  number: 'A number',
  int: 'A whole number',
  boolean: 'true or false',
  array: 'A list (- one, - two)',
  object: 'A group of keys',
  record: 'A group of keys',
}

function article(expected: string): string {
  return articles[expected] ?? expected
}

function found(input: unknown): string {
  if (input === undefined) return ', and nothing stands there'
  return `, not ${shown(input)}`
}

function unit(origin: string): string {
  if (origin === 'array') return ' entries'
  return origin === 'string' ? ' letters' : ''
}

/** A value as it stands in a message, never longer than a line. */
function shown(input: unknown): string {
  if (input === null) return 'an empty value'
  if (Array.isArray(input)) return 'a list'
  if (typeof input === 'object') return 'a group of keys'
  const text = typeof input === 'string' ? `"${input}"` : String(input)
  return text.length > 60 ? `${text.slice(0, 57)}…` : text
}
