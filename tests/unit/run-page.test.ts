import { describe, expect, it, vi } from 'vitest'
import { whatMoved } from '@/components/runs/actions/signal-words'
import { layoutTurns } from '@/components/runs/axis'
import { proveCriteria } from '@/components/runs/criteria'
import { graphWords, layoutGraph } from '@/components/runs/graph/layout'
import { type AskLog, LogError } from '@/components/runs/log/ask'
import { LineMap } from '@/components/runs/log/ranges'
import { LogStore } from '@/components/runs/log/store'
import type { EvidenceView } from '@/lib/services/views'
import type { LogLine } from '@/lib/services/views/log'

const beadsOf = (...steps: string[]) => steps.map((step, index) => ({ step, seq: index + 1 }))

describe('the graph of a run', () => {
  it('of nothing is nothing', () => {
    expect(layoutGraph([], []).nodes).toEqual([])
    expect(layoutGraph(['prepare'], [])).toMatchObject({
      edges: [],
      nodes: [{ step: 'prepare', bead: null }],
    })
  })

  it('counts ways, tells back from on, and selects the last bead of a step', () => {
    const graph = layoutGraph(
      ['coder', 'reviewer', 'tester', 'merge'],
      beadsOf('coder', 'reviewer', 'coder', 'reviewer', 'coder', 'reviewer', 'tester'),
    )
    const way = (from: string, to: string) => graph.edges.find((edge) => edge.from === from && edge.to === to)
    expect(way('coder', 'reviewer')).toMatchObject({ count: 3, back: false })
    expect(way('reviewer', 'coder')).toMatchObject({ count: 2, back: true })
    expect(way('tester', 'merge')).toMatchObject({ gone: false })
    expect(graph.nodes.map(({ step, bead, times }) => [step, bead, times])).toEqual([
      ['coder', 5, 3],
      ['reviewer', 6, 3],
      ['tester', 7, 1],
      ['merge', null, 0],
    ])
    expect(graphWords(graph)).toContain('reviewer back to coder, twice')
  })

  it('puts a step that the flow does not name after the one it followed, and draws one that repeats itself', () => {
    const graph = layoutGraph(['tester', 'merge'], beadsOf('tester', 'debugger', 'debugger', 'tester'))
    expect(graph.nodes.map(({ step }) => step)).toEqual(['tester', 'debugger', 'merge'])
    expect(graphWords(graph)).toContain('debugger again, once')
  })

  it('keeps everything within its picture, whatever the way', () => {
    const steps = Array.from({ length: 12 }, (_, index) => `s${index}`)
    const graph = layoutGraph(steps, beadsOf(...steps, 's0', 's11', 's3', 's3'))
    for (const { path } of graph.edges) {
      const numbers = path.match(/-?[\d.]+/g)?.map(Number) ?? []
      expect(Math.min(...numbers)).toBeGreaterThanOrEqual(0)
      expect(Math.max(...numbers)).toBeLessThanOrEqual(Math.max(graph.width, graph.height))
    }
  })
})

describe('a question before an action that is open while the run goes on', () => {
  it('says nothing while it can still be answered as it was meant', () => {
    expect(whatMoved('skip', 'coder', { status: 'running', step: 'coder' })).toBeNull()
    expect(whatMoved('cancel', 'coder', { status: 'running', step: 'reviewer' })).toBeNull()
    expect(whatMoved('retry', null, { status: 'failed', step: 'reviewer' })).toBeNull()
  })

  it('says that the run stands elsewhere, or can no longer take it', () => {
    expect(whatMoved('skip', 'coder', { status: 'running', step: 'reviewer' })).toContain(
      'at reviewer and no longer at coder',
    )
    expect(whatMoved('skip', 'coder', { status: 'succeeded', step: 'end' })).toContain('is succeeded')
    expect(whatMoved('retry', null, { status: 'running', step: 'coder' })).toContain('is running')
  })
})

describe('turns on the time of their bead', () => {
  const turn = (from: number, to: number) => ({
    startedAt: new Date(from * 1_000).toISOString(),
    endedAt: new Date(to * 1_000).toISOString(),
  })
  it('stand where they were, within it even where clocks disagree', () => {
    const bars = layoutTurns(turn(0, 10), [turn(0, 5), turn(8, 20), turn(-5, 1)], 0)
    expect(bars).toEqual([
      { start: 0, width: 0.5, ms: 5_000 },
      { start: 0.8, width: expect.closeTo(0.2), ms: 12_000 },
      { start: 0, width: 0.1, ms: 6_000 },
    ])
  })
  it('of a bead without time are no division by nothing', () => {
    expect(layoutTurns({ startedAt: null, endedAt: null }, [], 0)).toEqual([])
    expect(layoutTurns(turn(3, 3), [turn(3, 3)], 0)[0]).toMatchObject({ start: 0, width: 0 })
  })
})

describe('criteria', () => {
  const task = {
    id: 'T1',
    title: 'x',
    description: '',
    files_likely_affected: ['a.ts'],
    acceptance_criteria: ['A day that does not exist throws RangeProblem', 'The page loads in a second'],
    estimated_complexity: 'low' as const,
    dependencies: [],
  }
  const proof = (provenBy: string[]): EvidenceView => ({
    id: 'p',
    beadId: null,
    kind: 'proof',
    phase: 'change',
    commit: 'abc',
    data: { kind: 'proof', files: [], provenBy, passBoth: 0, commit: 'abc' },
    createdAt: '2026-01-01T00:00:00Z',
  })
  const ticked = (evidence: readonly EvidenceView[]) =>
    proveCriteria(task, evidence).map(({ tests }) => tests.length)

  it('are ticked by nothing but tests that failed before, and whose names speak of them', () => {
    expect(ticked([])).toEqual([0, 0])
    expect(ticked([{ ...proof([]), data: { provenBy: 'all of them' } }])).toEqual([0, 0])
    expect(ticked([proof(['parse.test.ts > throws on nothing', 'loads'])])).toEqual([0, 0])
    expect(ticked([proof(['parse.test.ts > a day that does not exist throws RangeProblem'])])).toEqual([1, 0])
  })
})

describe('the lines of a log that are shown', () => {
  it('are found both ways, between ranges too', () => {
    const map = new LineMap([
      [5, 2],
      [100, 3],
    ])
    expect([-1, 0, 1, 2, 4, 5].map((index) => map.lineAt(index))).toEqual([null, 5, 6, 100, 102, null])
    expect([1, 5, 6, 7, 50, 100, 102, 103, 9_000].map((line) => map.indexFrom(line))).toEqual([
      0, 0, 1, 2, 2, 2, 4, 5, 5,
    ])
    expect(new LineMap([]).indexFrom(3)).toBe(0)
  })

  const line = (n: number): LogLine => ({
    n,
    event: n,
    bead: null,
    at: '2026-01-01T00:00:00.000Z',
    kind: 'log',
    level: 'info',
    text: `line ${n}`,
    length: 6,
  })
  const server = (total: number) => {
    const asked: number[] = []
    const ask: AskLog = {
      page: async ({ from = 1, limit = 0 }) => {
        asked.push(Number(from))
        const count = Math.max(0, Math.min(Number(limit), total - Number(from) + 1))
        const lines = Array.from({ length: count }, (_, at) => line(Number(from) + at))
        return { total, lastEvent: total, lines }
      },
      places: async () => ({ total, lastEvent: total, ranges: [[10, 5]], lines: 5, more: false }),
    }
    return { ask, asked }
  }

  it('are asked for once, and forgotten when many others were looked at', async () => {
    const { ask, asked } = server(100_000)
    const store = new LogStore(ask, { total: 100_000, lastEvent: 1, lines: [] })
    store.want(50_000, 50_040)
    store.want(50_000, 50_040)
    await vi.waitFor(() => expect(store.row(50_040)?.n).toBe(50_041))
    expect(asked).toEqual([50_001])
    for (let at = 0; at < 100_000; at += 2_000) {
      store.want(at, at + 40)
      await vi.waitFor(() => expect(store.row(at)?.n).toBe(at + 1), { interval: 1 })
    }
    expect(store.held).toBeLessThanOrEqual(8_000)
    expect(store.row(0)).toBeUndefined()
  })

  it('grow at the end, and give way to a filter', async () => {
    const { ask } = server(30)
    const store = new LogStore(ask, { total: 20, lastEvent: 1, lines: [line(20)] })
    await store.grow()
    expect([store.total, store.map.count, store.row(29)?.n]).toEqual([30, 30, 30])
    await store.setFilter({ kind: 'log', level: '', step: '' })
    expect([store.map.count, store.map.lineAt(0), store.row(29)]).toEqual([5, 10, undefined])
  })

  it('are not asked for again and again when the server does not answer, and a run that is gone is said', async () => {
    let tries = 0
    const page = async () => {
      tries++
      throw new LogError('The server did not answer.', false)
    }
    const ask: AskLog = { page, places: async () => Promise.reject(new LogError('gone', true)) }
    const store = new LogStore(ask, { total: 50, lastEvent: 1, lines: [] })
    store.subscribe(() => store.want(0, 40))
    store.want(0, 40)
    await vi.waitFor(() => expect(store.error?.gone).toBe(false))
    expect(tries).toBe(1)
    await store.setFilter({ kind: 'log', level: '', step: '' })
    expect(store.error?.gone).toBe(true)
  })
})
