import { describe, expect, it } from 'vitest'
import { gateQuery } from '@/components/gates/gate-query'
import { isCursor } from '@/lib/services/cursor'
import { glanceOf } from '@/lib/services/gates/glance'

describe('the address of the inbox', () => {
  it('leaves out what makes no sense, and says what', () => {
    const query = gateQuery(
      { q: 'x', repository: "' or 1=1", overdue: 'maybe', mine: '%%%', colour: 'red', closed: ['', 'b'] },
      isCursor,
    )
    expect(query).toMatchObject({ q: 'x', repository: '', overdue: false, mine: '', closed: '' })
    expect(query.ignored).toEqual([
      { name: 'colour', value: 'red', why: 'there is no such filter' },
      { name: 'repository', value: "' or 1=1", why: 'it is no id of a repository' },
      { name: 'overdue', value: 'maybe', why: 'it is not 1' },
      { name: 'mine', value: '%%%', why: 'no list gave it out' },
    ])
  })

  it('takes what a list gave out', () => {
    const cursor = Buffer.from(
      '["2026-01-01T00:00:00.000Z","01890a5d-ac96-774b-bcce-b302099a8057"]',
    ).toString('base64url')
    expect(gateQuery({ closed: cursor, overdue: '1' }, isCursor)).toMatchObject({
      closed: cursor,
      overdue: true,
      ignored: [],
    })
  })
})

describe('evidence at a glance', () => {
  const row = {
    passed: null,
    failed: null,
    exit: null,
    parsed: null,
    found: null,
    flags: null,
    percent: null,
  }
  const at = (kind: string, phase: 'baseline' | 'change', part: Partial<typeof row> | object) => ({
    ...row,
    kind,
    phase,
    ...part,
  })

  it('claims nothing where nothing ran', () => {
    expect(glanceOf([])).toEqual([{ verdict: 'none', words: 'no tests ran' }])
  })

  it('counts no tests that were not told apart', () => {
    const words = (exit: number) =>
      glanceOf([at('tests', 'change', { passed: 0, failed: 0, exit, parsed: false })])
    expect(words(2)).toEqual([{ verdict: 'warn', words: 'tests did not end well' }])
    expect(words(0)).toEqual([{ verdict: 'good', words: 'tests pass, not told apart' }])
  })

  it('puts the worst first, and blames no failure on a change that was there before', () => {
    const glance = glanceOf([
      at('tests', 'baseline', { passed: 3, failed: 2, exit: 1 }),
      at('tests', 'change', { passed: 4, failed: 2, exit: 1 }),
      at('lint', 'baseline', { found: 1, exit: 1 }),
      at('lint', 'change', { found: 3, exit: 1 }),
      at('secrets', 'change', { found: 1 }),
      at('coverage', 'baseline', { percent: 90 }),
      at('coverage', 'change', { percent: 88.5 }),
    ])
    expect(glance.map(({ verdict, words }) => `${verdict}: ${words}`)).toEqual([
      'bad: 1 secret',
      'warn: 2 failing',
      'warn: 2 new lint findings',
      'warn: coverage −1.5',
    ])
  })

  it('takes a check that names nothing and did not end well for no good one', () => {
    const words = (before: object, after: object) =>
      glanceOf([
        at('tests', 'change', { passed: 1, exit: 0 }),
        at('lint', 'baseline', before),
        at('lint', 'change', after),
      ]).map((one) => `${one.verdict}: ${one.words}`)
    const good = 'good: 1 test passes'
    expect(words({ found: 0, exit: 0 }, { found: 0, exit: 3 })).toEqual(['bad: lint did not end well', good])
    expect(words({ found: 0, exit: 2 }, { found: 0, exit: 2 })).toEqual(['warn: lint did not end well', good])
    expect(words({ found: 2, exit: 1 }, { found: 1, exit: 1 })).toEqual([good])
    expect(words({ found: 3, exit: 0 }, { found: 3, exit: 1 })).toEqual(['bad: lint did not end well', good])
    expect(words({ found: 3, exit: 1 }, { found: 0, exit: null })).toEqual([
      'bad: lint did not end well',
      good,
    ])
  })
})
