import { renderToStaticMarkup } from 'react-dom/server'
import { describe, expect, it } from 'vitest'
import { CheckList } from '@/components/evidence/check-list'
import { clock } from '@/components/format'
import { Figures } from '@/components/home/figures'
import { RunHeader } from '@/components/runs/run-header'
import type { RunView, StatsView } from '@/lib/services/views'

describe('figures lead to what they are made of', () => {
  it('in the header of a run', () => {
    const run = {
      id: 'r',
      title: 'x',
      status: 'succeeded',
      error: null,
      repository: null,
      target: null,
      branch: null,
      headSha: null,
      requestedBy: { name: 'owner' },
      trigger: 'cli',
      task: {},
      createdAt: '2026-01-01T00:00:00.000Z',
      startedAt: null,
      turns: 3,
      beads: [],
      flowSteps: [],
      detail: 'Merged.',
      costMicros: 1,
      budgetMicros: 2,
      inputTokens: 1,
      outputTokens: 1,
      score: 80,
      dead: null,
    } as unknown as RunView
    const text = renderToStaticMarkup(<RunHeader run={run} now={0} actions={null} />)
    expect(text.match(/href="\/runs\/r\?tab=calls"/g)).toHaveLength(3)
    expect(text).toContain('href="/runs/r?tab=score"')
  })

  it('on Home, the merges to the merges', () => {
    const none = { costMicros: 0, mergeSeconds: 90_000, scoreSum: 0, scored: 0 }
    const days = Array.from({ length: 14 }, (_, index) => ({
      day: `2026-01-${String(index + 1).padStart(2, '0')}`,
      ...{ succeeded: 2, merged: 1, failed: 0, other: 0, ...none },
    }))
    const stats = { days } as unknown as StatsView
    const text = renderToStaticMarkup(<Figures stats={stats} times={{ median: 120, days: [] }} />)
    expect(text).toContain('href="/timeline?merged=true&amp;since=2026-01-08"')
    expect(text).toContain('Median time to merge')
    expect(text).toContain('>2 min<')
  })

  it('and what a check found beyond the first fifty can be opened', () => {
    const items = Array.from({ length: 60 }, (_, index) => `place ${index + 1}`)
    const details = [{ label: 'New (60)', items }]
    const check = { name: 'Lint', verdict: 'bad', sentence: '60 new.', details } as const
    const text = renderToStaticMarkup(<CheckList checks={[check]} />)
    expect(text).toMatch(/<summary[^>]*>and 10 more<\/summary>/)
    expect(text).toContain('place 60')
  })
})

it('a clock shows the time of the zone that is chosen', () => {
  const at = Date.parse('2026-01-01T13:05:09Z')
  expect(clock(at, 'UTC')).toBe('13:05:09')
  expect(clock(at, 'Asia/Tokyo')).toBe('22:05:09')
})
