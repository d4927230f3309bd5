import { describe, expect, it, test } from 'vitest'
import {
  columnNames,
  firstColumns,
  readColumnChoice,
  readColumns,
  readNamedColumns,
  writeColumnChoice,
} from '@/lib/core/run-columns'
import { parseMoment, readRunFilters, searchWords } from '@/lib/core/run-filters'
import { csvLine } from '@/lib/services/csv'

describe('filters of a URL', () => {
  test.each<[string, Record<string, string | string[]>, string[], Record<string, string>]>([
    ['a status that is none', { status: 'failed,banana' }, ['status'], { status: 'failed' }],
    ['only nonsense', { status: 'banana' }, ['status'], {}],
    ['a trigger that is none', { trigger: 'telepathy' }, ['trigger'], {}],
    ['a score beyond 100', { scoreFrom: '101' }, ['scoreFrom'], {}],
    ['a score with a fraction', { scoreTo: '1.5' }, ['scoreTo'], {}],
    ['a score of letters', { scoreFrom: 'abc' }, ['scoreFrom'], {}],
    ['a negative cost', { costFrom: '-1' }, ['costFrom'], {}],
    ['a status that is too long', { status: 'x'.repeat(401) }, ['status'], {}],
    ['a trigger that is too long', { trigger: 'x'.repeat(41) }, ['trigger'], {}],
    ['a time that is too long', { since: `2026-03-01T00:00:00.${'0'.repeat(40)}Z` }, ['since'], {}],
    ['an exponent', { costTo: '1e9' }, ['costTo'], {}],
    ['a day that is none', { since: '2026-02-31' }, ['since'], {}],
    ['a time without a zone', { since: '2026-02-03T10:00:00' }, ['since'], {}],
    ['a text without a word', { q: '%%%' }, ['q'], {}],
    ['a text that is too long', { q: 'x'.repeat(201) }, ['q'], {}],
    ['a filter that is none', { colour: 'red' }, ['colour'], {}],
    ['dead that is neither', { dead: 'maybe' }, ['dead'], {}],
    ['what stands there twice', { flow: ['issue', 'tests'] }, ['flow'], { flow: 'issue' }],
    [
      'scores that end before they begin',
      { scoreFrom: '80', scoreTo: '20' },
      ['scoreTo'],
      { scoreFrom: '80' },
    ],
    ['spans that do', { since: '1h', until: '7d' }, ['until'], { since: '1h' }],
    ['days that do', { since: '2026-03-02', until: '2026-03-01' }, ['until'], { since: '2026-03-02' }],
    [
      'a day from end to end',
      { since: '2026-03-01', until: '2026-03-01' },
      [],
      { since: '2026-03-01', until: '2026-03-01' },
    ],
    ['nothing at all', { q: '', status: '' }, [], {}],
    ['statuses, each once', { status: ['failed', 'queued,failed'] }, [], { status: 'failed,queued' }],
    [
      'all at once',
      { q: 'mend', costFrom: '0.5', since: '7d', author: 'mona' },
      [],
      { q: 'mend', costFrom: '0.5', since: '7d', author: 'mona' },
    ],
  ])('%s', (_what, query, names, filters) => {
    const read = readRunFilters(query)
    expect(read.ignored.map(({ name }) => name)).toEqual(names)
    expect(read.filters).toEqual(filters)
    for (const { why } of read.ignored) expect(why).not.toMatch(/invalid|expected/i)
  })

  it.each([
    [{ costFrom: '-5' }, 'is below 0'],
    [{ costTo: '12345678901' }, 'is more than 1000000'],
    [{ scoreFrom: '-0.5' }, 'is below 0'],
    [{ scoreTo: '100.5' }, 'is more than 100'],
    [{ scoreTo: '1.5' }, 'is no whole number'],
    [{ costFrom: '--5' }, 'is no number'],
    [{ costFrom: '-' }, 'is no number'],
  ])('says of %j what is wrong with it', (query, why) => {
    expect(readRunFilters(query).ignored).toMatchObject([{ why }])
  })

  it('says what was probably meant, and leaves alone what the page takes itself', () => {
    const { ignored } = readRunFilters({ status: 'faild', repo: 'x', cursor: 'y', stat: 'z' }, ['cursor'])
    expect(ignored.map(({ why }) => why)).toEqual([
      'there is no status "faild"; did you mean "failed"?',
      'there is no such filter',
      'there is no such filter; did you mean "status"?',
    ])
  })
})

test('moments', () => {
  expect(['90m', '7d', '2w'].map((text) => parseMoment(text))).toEqual([
    { agoMs: 5_400_000 },
    { agoMs: 604_800_000 },
    { agoMs: 1_209_600_000 },
  ])
  expect(parseMoment('2026-03-01', true)).toEqual({ at: new Date('2026-03-02T00:00:00Z') })
  expect(['', 'd', '7y', '99999d', 'now'].map((text) => parseMoment(text))).toEqual(Array(5).fill(null))
})

test('words', () => {
  expect(searchWords("src/parse.ts: it's 100% — naïve")).toEqual([
    'src',
    'parse',
    'ts',
    'it',
    's',
    '100',
    'naïve',
  ])
  expect(searchWords('%_*')).toEqual([])
})

describe('columns', () => {
  it('are as at the beginning when a cookie is not understood', () => {
    for (const text of [undefined, '', 'x', '~~~', '{"a":1}', '%', 'banana.apple~1.2.3']) {
      expect(readColumnChoice(text)).toEqual({ shown: firstColumns, widths: {} })
    }
  })
  it('always hold the title, each once', () => {
    expect(readColumns(['score', 'score', 'x', 7])).toEqual(['title', 'score'])
  })
  it('of an address that are none are told, and the others shown', () => {
    const why = 'there is no such column'
    expect(readNamedColumns('')).toEqual({ shown: [], ignored: [] })
    expect(readNamedColumns('nope')).toEqual({
      shown: [],
      ignored: [{ name: 'columns', value: 'nope', why }],
    })
    expect(readNamedColumns('cost.scor')).toEqual({
      shown: ['title', 'cost'],
      ignored: [{ name: 'columns', value: 'scor', why: `${why}; did you mean "score"?` }],
    })
  })
  it('come back as they were kept', () => {
    const choice = { shown: ['title', 'cost', 'status'] as const, widths: { cost: 120, title: 300 } }
    expect(readColumnChoice(writeColumnChoice(choice))).toEqual(choice)
    expect(writeColumnChoice({ shown: columnNames, widths: {} })).not.toMatch(/[;,\s"]/)
  })
})

test('a line of CSV runs no formula and keeps numbers as they are', () => {
  for (const text of ['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', ' =1', '\r=1', '\0=1', '\uff1d1', ' \uff0b1'])
    expect(csvLine([text]).replace(/^"/, '')).toMatch(/^'/)
  expect(csvLine(['x, "y"', -3, 0.5, null])).toBe('"x, ""y""",-3,0.5,\r\n')
  expect(csvLine(['=1', -1, null, 'a,b', '  @x', 'plain', '"'])).toBe('\'=1,-1,,"a,b",\'  @x,plain,""""\r\n')
})
