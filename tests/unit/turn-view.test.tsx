import { renderToStaticMarkup } from 'react-dom/server'
import { expect, it } from 'vitest'
import { TurnView } from '@/components/runs/turn-view'
import type { TurnDetail } from '@/lib/services/views/turns'

const text = (of: string) => ({ text: of, length: of.length })
const turn = {
  seq: 1,
  model: 'm',
  prompt: 'coder',
  promptVersion: '1',
  promptHash: 'abcdef0123',
  startedAt: '2026-01-01T00:00:00.000Z',
  endedAt: '2026-01-01T00:00:01.000Z',
  costMicros: 0,
  inheritedMicros: null,
  usage: { inputTokens: 1, cachedInputTokens: 0, outputTokens: 1, estimated: false },
  finish: 'tool_calls',
  headSha: null,
  opening: null,
  request: [],
  shownBefore: 0,
  content: null,
  calls: [{ id: 'c', name: 'run_command', arguments: text('{}'), result: null }],
} as unknown as TurnDetail

it('a tool call without an answer runs while its bead does, and afterwards has none on record', () => {
  const draw = (working: boolean) =>
    renderToStaticMarkup(<TurnView turn={turn} working={working} rawHref="/raw" />)
  expect(draw(true)).toContain('running')
  expect(draw(true)).toContain('spin')
  expect(draw(false)).toContain('no answer on record')
  expect(draw(false)).not.toMatch(/running|spin/)
})
