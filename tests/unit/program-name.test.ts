import { homedir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { brief } from '@/lib/core/brief'
import { quoted } from '@/lib/core/quoted'
import { parseEnv, programOnPages, variablesFor } from '@/lib/env'

test('a command names its installation where that is not the usual one', () => {
  const usual = join(homedir(), '.devpilot')
  expect(variablesFor(usual, 4280)).toBe('')
  expect(variablesFor(usual, 5000)).toBe('DEVPILOT_PORT=5000')
  expect(variablesFor('/srv/dev pilot', 5000)).toBe("DEVPILOT_HOME='/srv/dev pilot' DEVPILOT_PORT=5000")
})

test('a page names the home to the one user of this machine, and asks all others for their key', () => {
  const said = (source: Record<string, string>, alone = true) =>
    programOnPages(parseEnv({ DEVPILOT_PROGRAM: 'devpilot', ...source }), alone)
  const home = { DEVPILOT_HOME: '/srv/pilot' }
  expect(said({})).toBe('devpilot')
  expect(said(home)).toBe('DEVPILOT_HOME=/srv/pilot devpilot')
  expect(said({ ...home, DEVPILOT_URL: 'http://127.0.0.1:4280' })).toBe('DEVPILOT_HOME=/srv/pilot devpilot')
  const theirs = (url: string) => `DEVPILOT_URL=${url} DEVPILOT_TOKEN="…" devpilot`
  expect(said(home, false)).toBe(theirs('http://127.0.0.1:4280'))
  const hosted = { ...home, DEVPILOT_URL: 'https://pilot.example.com' }
  expect([said(hosted), said(hosted, false)]).toEqual(Array(2).fill(theirs('https://pilot.example.com')))
  expect(said({ VERCEL: '1', VERCEL_URL: 'pilot.example.app' })).toBe(theirs('https://pilot.example.app'))
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
