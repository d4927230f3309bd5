import type { z } from 'zod'
import { nearest } from '@/lib/core/nearest'

/** What is wrong with one option, and what it takes instead. */
export interface OptionProblem {
  readonly said: string
  readonly mend: string
}

/**
 * An issue of a command's options in words: the flag, what was given, what it takes.
 * @param options as they were typed: a number's issue knows what the text became, and no longer the text
 */
export function optionProblem(
  issue: z.core.$ZodIssue,
  options: Readonly<Record<string, unknown>>,
): OptionProblem {
  const [key = ''] = issue.path
  const flag = flagName(String(key))
  const { said, mend } = wordsOf(issue, shown(issue.path.length > 1 ? issue.input : options[String(key)]))
  return { said: `${flag}: ${said}`, mend: `${flag}: ${mend}` }
}

function wordsOf(issue: z.core.$ZodIssue, given: string): OptionProblem {
  switch (issue.code) {
    case 'invalid_value': {
      const choices = issue.values.map(String)
      const like = nearest(String(issue.input ?? ''), choices)
      return {
        said: `there is no ${given}.${like ? ` Did you mean "${like}"?` : ''}`,
        mend: `One of ${choices.join(', ')}.`,
      }
    }
    case 'invalid_type':
      if (issue.expected === 'int')
        return { said: `${given} is no whole number.`, mend: 'Give a whole number.' }
      return issue.expected === 'number'
        ? { said: `${given} is no number.`, mend: 'Give a number.' }
        : { said: issue.message, mend: 'See `--help` of this command.' }
    case 'too_small': {
      if (issue.origin === 'string') return { said: 'nothing stands there.', mend: 'Give a text.' }
      const least = String(issue.minimum)
      return issue.inclusive
        ? { said: `${given} is less than ${least}.`, mend: `Give a number from ${least} on.` }
        : { said: `${given} is not above ${least}.`, mend: `Give a number above ${least}.` }
    }
    case 'too_big': {
      const most = String(issue.maximum)
      return issue.origin === 'string'
        ? { said: `this is longer than ${most} letters.`, mend: 'Give a shorter text.' }
        : { said: `${given} is more than ${most}.`, mend: `Give a number up to ${most}.` }
    }
    default:
      return { said: issue.message, mend: 'See `--help` of this command.' }
  }
}

/** A text in quotes, a number without. */
function shown(value: unknown): string {
  const text = String(value)
  return text.trim() === '' || Number.isNaN(Number(text)) ? JSON.stringify(text) : text
}

/** `taskFile` as `--task-file`. */
function flagName(key: string): string {
  return `--${key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`
}
