import { expect, test } from 'vitest'
import { z } from 'zod'
import { AppError } from '@/lib/errors'
import { parseInput } from '@/lib/services/parse'

const schema = z.strictObject({
  name: z.string().trim().min(1).max(5).optional(),
  code: z.string().min(3).optional(),
  days: z.int().min(1).max(9).optional(),
  dollars: z.number().positive().optional(),
  scopes: z
    .array(z.enum(['read', 'admin']))
    .min(1)
    .max(2)
    .optional(),
  run: z.uuid().optional(),
  since: z.iso.datetime().optional(),
  kind: z.union([z.literal('a'), z.array(z.string())]).optional(),
  own: z.string().regex(/^x$/, 'only an x').optional(),
  plain: z.string().regex(/^x$/).optional(),
  flag: z.boolean().optional(),
})

function said(input: unknown, of: z.ZodType = schema): string {
  try {
    parseInput(of, input)
  } catch (error) {
    if (error instanceof AppError) return error.message
    throw error
  }
  throw new Error('It was taken.')
}

test.each([
  [{ name: ' ' }, 'name: nothing stands there'],
  [{ name: 'abcdef' }, 'name: is longer than 5 characters'],
  [{ name: 7, code: 'x' }, 'name: is not a text; code: is shorter than 3 characters'],
  [{ days: 0 }, 'days: 0 is less than 1'],
  [{ days: 10 }, 'days: 10 is more than 9'],
  [{ days: 1.5 }, 'days: is not a whole number'],
  [{ days: Number.NaN }, 'days: is not a number'],
  [{ dollars: 0 }, 'dollars: 0 is not above 0'],
  [{ scopes: [] }, 'scopes: holds nothing'],
  [{ scopes: ['read', 'admin', 'read'] }, 'scopes: holds more than 2'],
  [{ scopes: ['root'] }, 'scopes.0: is none of read, admin'],
  [{ run: 'last' }, 'run: is no id'],
  [{ since: 'soon' }, 'since: is no time, such as 2026-11-03T10:00:00Z'],
  [{ kind: 7 }, 'kind: is nothing that is taken here'],
  [{ own: 'y' }, 'own: only an x'],
  [{ plain: 'y' }, 'plain: has another form than is taken here'],
  [{ flag: 'yes' }, 'flag: is not true or false'],
  [{ nmae: 'x' }, 'nmae: there is no such field'],
  [{ one: 1, two: 2 }, 'one: there are no fields one, two'],
  [[], 'input: is not a group of fields'],
])('%j', (input, message) => {
  expect(said(input)).toBe(message)
})

test('what is not there at all is missing', () => {
  expect(said({}, z.strictObject({ task: z.string() }))).toBe('task: is missing')
})
