import type { z } from 'zod'

/** What is wrong with a field, in words for people; undefined: the checker's own have to do. A schema's words go first. */
export function fieldWords(issue: z.core.$ZodRawIssue): string | undefined {
  switch (issue.code) {
    case 'invalid_type':
      return issue.input === undefined ? 'is missing' : `is not ${kinds[issue.expected] ?? issue.expected}`
    case 'invalid_value':
      return `is none of ${issue.values.map(String).join(', ')}`
    case 'unrecognized_keys':
      return issue.keys.length > 1 ? `there are no fields ${issue.keys.join(', ')}` : 'there is no such field'
    case 'too_small':
      return tooSmall(issue)
    case 'too_big':
      return tooBig(issue)
    case 'invalid_format':
      return formats[issue.format] ?? 'has another form than is taken here'
    case 'invalid_union':
      return 'is nothing that is taken here'
    default:
      return undefined
  }
}

const kinds: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a group of fields',
  record: 'a group of fields',
}

const formats: Readonly<Record<string, string>> = {
  uuid: 'is no id',
  date: 'is no day, such as 2026-11-03',
  datetime: 'is no time, such as 2026-11-03T10:00:00Z',
  url: 'is no address, such as https://example.com',
  email: 'is no e-mail address',
}

type Sized<Code> = Extract<z.core.$ZodRawIssue, { code: Code }>

function tooSmall({ origin, minimum, inclusive, input }: Sized<'too_small'>): string {
  const one = Number(minimum) === 1
  if (origin === 'string') return one ? 'nothing stands there' : `is shorter than ${minimum} characters`
  if (origin === 'array') return one ? 'holds nothing' : `holds fewer than ${minimum}`
  return `${String(input)} is ${inclusive === false ? 'not above' : 'less than'} ${minimum}`
}

function tooBig({ origin, maximum, inclusive, input }: Sized<'too_big'>): string {
  if (origin === 'string') return `is longer than ${maximum} characters`
  if (origin === 'array') return `holds more than ${maximum}`
  return `${String(input)} is ${inclusive === false ? 'not below' : 'more than'} ${maximum}`
}
