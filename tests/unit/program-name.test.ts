import { homedir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { brief } from '@/lib/core/brief'
import { quoted } from '@/lib/core/quoted'
import { variablesFor } from '@/lib/env'

test('a command names its installation where that is not the usual one', () => {
  const usual = join(homedir(), '.devpilot')
  expect(variablesFor(usual, 4280)).toBe('')
  expect(variablesFor(usual, 5000)).toBe('DEVPILOT_PORT=5000')
  expect(variablesFor('/srv/dev pilot', 5000)).toBe("DEVPILOT_HOME='/srv/dev pilot' DEVPILOT_PORT=5000")
})

test('a word for the shell stays one, whatever it holds', () => {
  expect(quoted('a/b-c.d')).toBe('a/b-c.d')
  expect(quoted("it's; rm -rf $HOME")).toBe("'it'\\''s; rm -rf $HOME'")
  expect(quoted('')).toBe("''")
})

test('the facts of an entry are told in words, money as money', () => {
  const data = { target: 'main', budgetMicros: 3_000_000, labels: ['a'], of: null, merge_sha: 'ab12' }
  expect(brief(data)).toBe('target main · budget $3.00 · merge sha ab12')
})
