import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { helpTexts } from '@/cli/help'
import { flagNumber, parseOptions } from '@/cli/invocation'
import { AppError } from '@/lib/errors'
import { sourcesOf, withoutComments } from '../support/sources'

const schema = z.object({
  budget: flagNumber.positive().max(10_000).optional(),
  priority: flagNumber.int().min(-100).max(100).optional(),
  task: z.string().trim().min(1).optional(),
  taskFile: z.string().min(1).optional(),
  provider: z.enum(['openai', 'anthropic', 'together']).optional(),
  scopes: z
    .string()
    .transform((text) => text.split(','))
    .pipe(z.array(z.enum(['read', 'trigger', 'approve'])))
    .optional(),
})

function refused(options: Record<string, unknown>): AppError {
  try {
    parseOptions(schema, options)
  } catch (error) {
    if (error instanceof AppError) return error
    throw error
  }
  throw new Error('It was taken.')
}

describe('options that are wrong', () => {
  it.each([
    [{ budget: '-1' }, '--budget: -1 is not above 0.', 'Give a number above 0'],
    [{ budget: '20000' }, '--budget: 20000 is more than 10000.', 'up to 10000'],
    [{ budget: 'much' }, '--budget: "much" is no number.', 'Give a number'],
    [{ budget: '' }, '--budget: "" is not above 0.', 'Give a number'],
    [{ priority: '-101' }, '--priority: -101 is less than -100.', 'from -100'],
    [{ priority: '1.5' }, '--priority: 1.5 is no whole number.', 'whole number'],
    [{ task: '' }, '--task: nothing stands there.', 'Give a text'],
    [{ task: '  ' }, '--task: nothing stands there.', 'Give a text'],
    [{ taskFile: '' }, '--task-file: nothing stands there.', 'Give a text'],
    [
      { provider: 'antropic' },
      '--provider: there is no "antropic". Did you mean "anthropic"?',
      'One of openai, anthropic, together',
    ],
    [{ provider: 'foo' }, '--provider: there is no "foo".', 'One of openai, anthropic, together'],
    [{ scopes: 'read,aprove' }, '--scopes: there is no "aprove". Did you mean "approve"?', 'read, trigger'],
  ])('%j', (options, message, mend) => {
    const error = refused(options)
    expect(error).toMatchObject({ code: 'bad_request', message })
    expect(error.mend).toContain(mend)
  })

  it('are all named, each once', () => {
    const error = refused({ budget: 'x', provider: 'foo', scopes: 'a,b' })
    expect(error.message).toBe(
      '--budget: "x" is no number. --provider: there is no "foo". --scopes: there is no "a". --scopes: there is no "b".',
    )
    expect(error.mend?.match(/One of read/g)).toHaveLength(1)
  })

  it('says nothing of a schema’s own', () => {
    for (const options of [{ budget: '-1' }, { task: '' }, { provider: 'x' }, { scopes: '' }])
      expect(refused(options).message).not.toMatch(/Too small|Invalid|expected/)
  })
})

/** Long options of every command, as its help lists them; and those that help leaves out. */
const flags = new Set([
  ...Object.values(helpTexts()).flatMap((text) => text.match(/--[a-z][a-z-]+/g) ?? []),
  '--issue-number',
])
const words = new Set(Object.keys(helpTexts()))

/** Lines that tell people what to do; those about git name its flags. */
function advice(): { readonly at: string; readonly line: string }[] {
  return sourcesOf('cli', 'lib').flatMap(({ path, text }) =>
    withoutComments(text)
      .split('\n')
      .filter((line) => /\bmend\b|note\(|io\.data|'[^']*devpilot [a-z]/.test(line))
      .filter((line) => !/\bgit [a-z$'-]|npm |git -C/.test(line))
      .map((line) => ({ at: path, line })),
  )
}

describe('what messages tell people to type is there', () => {
  it('flags', () => {
    const wrong = advice().flatMap(({ at, line }) =>
      (line.match(/(?<![\w-])--[a-z][a-z-]+/g) ?? [])
        .filter((flag) => !flags.has(flag))
        .map((flag) => `${at} names ${flag}`),
    )
    expect(wrong).toEqual([])
    expect(advice().filter(({ line }) => /--[a-z]/.test(line)).length).toBeGreaterThan(20)
  })

  it('commands', () => {
    const wrong = advice().flatMap(({ at, line }) =>
      [...line.matchAll(/`devpilot ([a-z]+)/g)]
        .filter(([, word = '']) => !words.has(word))
        .map(([named]) => `${at} names ${named}`),
    )
    expect(wrong).toEqual([])
  })
})
