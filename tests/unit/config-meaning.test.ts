import { describe, expect, test } from 'vitest'
import { meaningChanges, meaningOf } from '@/lib/core/config-meaning'
import { hunksOf, lineDiff } from '@/lib/core/line-diff'
import { configReader } from '@/lib/runtime/config-reader'
import { parseConfig } from '@/lib/workspace/config/parse'

describe('a text for devpilot.yaml', () => {
  test.each([
    [
      'an unknown key',
      'budgit: {}\n',
      { line: 1, column: 1, key: 'budgit', message: 'unknown key. Did you mean "budget"?' },
    ],
    ['a tab', 'project:\n\tname: x\n', { line: 2, column: 1, key: '' }],
    ['a wrong type', 'pipeline:\n  max_steps: many\n', { line: 2, column: 14, key: 'pipeline.max_steps' }],
    [
      'a gate that is not defined',
      'pipeline:\n  flow: [coder, gate:nope]\n',
      { line: 2, column: 17, key: 'pipeline.flow[1]' },
    ],
  ])('with %s is not valid, and says where', (_what, text, problem) => {
    const { valid, problems, meaning, changes } = configReader.check(text, null)
    expect({ valid, meaning, changes }).toEqual({ valid: false, meaning: [], changes: null })
    expect(problems[0]).toMatchObject(problem)
  })

  test('names every problem at once, in the order of the lines', () => {
    const { problems } = configReader.check(
      'merge: {method: x}\nllm:\n  provider: nobody\n  temperature: 9\n',
      null,
    )
    expect(problems.map(({ line, key }) => [line, key])).toEqual([
      [1, 'merge.method'],
      [3, 'llm.provider'],
      [4, 'llm.temperature'],
    ])
  })

  test('that asks of the machine what its owner has not allowed is valid, with a warning', () => {
    const { valid, warnings } = configReader.check('sandbox:\n  adapter: none\n', null)
    expect(valid).toBe(true)
    expect(warnings.join()).toMatch(/DEVPILOT_TRUST=none/)
  })

  test('is compared with the base in effect; a base that is not valid counts as the defaults', () => {
    const { changes } = configReader.check('budget:\n  per_run_usd: 5\n', 'not: valid\n')
    expect(changes).toEqual([{ group: 'Money', label: 'a run', before: '$3', after: '$5' }])
    expect(configReader.check('', null).changes).toEqual([])
  })
})

describe('what a configuration comes to', () => {
  test('a gate more stands in every flow that merges', () => {
    const before = parseConfig('')
    const after = parseConfig(
      'supervision:\n  gates:\n    - { id: two, type: human_approval, required_approvers: 2, trigger: before_merge, timeout_hours: 4, on_timeout: auto_approve }\n',
    )
    const changes = meaningChanges(before, after)
    expect(changes).toContainEqual({
      group: 'Gates',
      label: 'two',
      before: null,
      after: '2 approvers, before any merge; after 4 h: approved by itself',
    })
    expect(changes).toContainEqual({
      group: 'Gates',
      label: 'pre-merge-main',
      before: '1 approver, before any merge; never lapses',
      after: null,
    })
    expect(changes.find(({ label }) => label === 'issue')?.after).toContain('gate two → merge')
    expect(meaningChanges(after, after)).toEqual([])
  })

  test('no gate at all is said aloud', () => {
    const gates = meaningOf(parseConfig('supervision:\n  gates: []\n')).filter(
      ({ group }) => group === 'Gates',
    )
    expect(gates).toEqual([{ group: 'Gates', label: 'gates', value: 'none: changes merge unseen' }])
  })
})

describe('lines of two texts', () => {
  const short = (before: string, after: string) =>
    lineDiff(before, after).map(({ kind, text }) => `${{ same: ' ', added: '+', removed: '-' }[kind]}${text}`)

  test.each([
    ['', '', []],
    ['', 'a\n', ['+a']],
    ['a\n', '', ['-a']],
    ['a\nb\nc\n', 'a\nx\nc\n', [' a', '-b', '+x', ' c']],
    ['a\nb\n', 'b\na\n', ['-a', ' b', '+a']],
    ['a\na\n', 'a\na\na\n', [' a', ' a', '+a']],
  ])('%j and %j', (before, after, lines) => expect(short(before, after)).toEqual(lines))

  test('have the numbers of both, and what lies far from a change is left out', () => {
    const many = Array.from({ length: 20 }, (_, i) => `${i}`)
    const lines = hunksOf(lineDiff(many.join('\n'), many.with(2, 'x').with(18, 'y').join('\n')), 1)
    expect(lines.map((line) => (line ? `${line.before ?? ''}:${line.after ?? ''}` : '…'))).toEqual([
      '2:2',
      '3:',
      ':3',
      '4:4',
      '…',
      '18:18',
      '19:',
      ':19',
      '20:20',
    ])
  })

  test('of two texts that are too long to compare are wholly changed, at once', () => {
    const text = (sign: string) => Array.from({ length: 3_000 }, (_, i) => `${sign}${i}`).join('\n')
    expect(lineDiff(text('a'), text('b'))).toHaveLength(6_000)
  })
})
