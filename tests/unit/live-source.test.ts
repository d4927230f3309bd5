import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { Coalescer } from '@/components/shell/coalesce'
import { type Connection, LiveSource } from '@/components/shell/live-source'
import { concerns } from '@/components/shell/live-store'

type Listener = (message: { data: string; lastEventId: string }) => void

/** A stream that a test speaks through. */
class Line implements Connection {
  readonly url: string
  closed = false
  onerror: ((event: never) => void) | null = null
  private readonly listeners = new Map<string, Listener>()
  constructor(url: string) {
    this.url = url
  }
  addEventListener(name: string, listener: Listener): void {
    this.listeners.set(name, listener)
  }
  close(): void {
    this.closed = true
  }
  say(name: string, id: number, data: unknown = { id, kind: name, runId: 'r' }): void {
    this.listeners.get(name)?.({ data: JSON.stringify(data), lastEventId: String(id) })
  }
  hello(id: number, missed = false): void {
    this.say('hello', id, { missed })
  }
  breakOff(): void {
    this.onerror?.(undefined as never)
  }
}

function page() {
  const lines: Line[] = []
  const seen: number[] = []
  const states: string[] = []
  const told = { missed: 0, failures: 0, online: true }
  const source = new LiveSource(
    '/api/events?view=brief',
    {
      connect: (url) => {
        const line = new Line(url)
        lines.push(line)
        return line
      },
      later: (run, ms) => {
        const timer = setTimeout(run, ms)
        return () => clearTimeout(timer)
      },
      online: () => told.online,
    },
    {
      onEvent: ({ id }) => seen.push(id),
      onMissed: () => {
        told.missed += 1
      },
      onState: (state) => states.at(-1) !== state && states.push(state),
      onFailure: (times) => {
        told.failures = times
      },
    },
  )
  const line = () => lines.at(-1) ?? expect.fail('no connection')
  return { source, lines, line, seen, states, told }
}

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

describe('a stream', () => {
  test('whose server speaks nonsense is not trusted: what is shown is looked at anew', () => {
    const { source, line, seen, told } = page()
    source.resume()
    line().say('hello', 5, 'what?')
    line().say('run', 6, null)
    line().say('run', 7, { id: 'seven' })
    expect(told.missed).toBe(1)
    expect(seen).toEqual([])
  })

  test('that broke off goes on after its last event, and hands none on twice', () => {
    const { source, line, lines, seen, states } = page()
    source.resume()
    expect(line().url).toBe('/api/events?view=brief')
    line().hello(10)
    line().say('run', 11)
    line().say('turn', 12)
    line().breakOff()
    expect(line().closed).toBe(true)
    vi.advanceTimersByTime(1_000)
    expect(lines).toHaveLength(2)
    expect(line().url).toBe('/api/events?view=brief&after=12')
    line().hello(12)
    line().say('turn', 12)
    line().say('run', 13)
    expect(seen).toEqual([11, 12, 13])
    expect(states).toEqual(['connecting', 'live', 'lost', 'live'])
  })

  test('an old connection that speaks again is not heard', () => {
    const { source, lines, line, seen } = page()
    source.resume()
    line().hello(1)
    line().breakOff()
    vi.advanceTimersByTime(1_000)
    lines[0]?.say('run', 2)
    lines[0]?.breakOff()
    expect(seen).toEqual([])
    expect(lines).toHaveLength(2)
  })

  test('that says nothing at all is dead, however open it seems: a laptop slept', () => {
    const { source, line, lines } = page()
    source.resume()
    line().hello(1)
    for (let beats = 0; beats < 4; beats += 1) {
      vi.advanceTimersByTime(15_000)
      line().say('beat', 1, {})
    }
    expect(lines).toHaveLength(1)
    vi.advanceTimersByTime(45_000)
    expect(lines).toHaveLength(2)
    expect(line().url).toContain('after=1')
  })

  test('a beat moves the place, too', () => {
    const { source, line } = page()
    source.resume()
    line().hello(1)
    line().say('beat', 40, {})
    line().breakOff()
    vi.advanceTimersByTime(1_000)
    expect(line().url).toContain('after=40')
  })

  test('is tried again ever more slowly, and at once when the device is online again', () => {
    const { source, line, lines, states, told } = page()
    source.resume()
    for (const wait of [1_000, 2_000, 4_000, 8_000, 15_000, 15_000]) {
      const before = lines.length
      line().breakOff()
      vi.advanceTimersByTime(wait - 1)
      expect(lines).toHaveLength(before)
      vi.advanceTimersByTime(1)
      expect(lines).toHaveLength(before + 1)
    }
    expect(told.failures).toBe(6)
    told.online = false
    line().breakOff()
    vi.advanceTimersByTime(600_000)
    expect(states.at(-1)).toBe('offline')
    const before = lines.length
    told.online = true
    source.resume()
    expect(lines).toHaveLength(before + 1)
    line().hello(3)
    expect(states.at(-1)).toBe('live')
  })

  test('that goes offline with a connection open lets it go', () => {
    const { source, line, told, states } = page()
    source.resume()
    line().hello(1)
    told.online = false
    source.resume()
    expect(line().closed).toBe(true)
    expect(states.at(-1)).toBe('offline')
  })

  test('paused while nobody looks goes on from the same place; one that ended never comes again', () => {
    const { source, line, lines } = page()
    source.resume()
    line().hello(7)
    source.pause()
    expect(line().closed).toBe(true)
    vi.advanceTimersByTime(600_000)
    expect(lines).toHaveLength(1)
    source.resume()
    source.resume()
    expect(lines).toHaveLength(2)
    expect(line().url).toContain('after=7')
    source.stop()
    vi.advanceTimersByTime(600_000)
    expect(lines).toHaveLength(2)
  })

  test('says when more was missed than is told, and when the database is another', () => {
    const { source, line, seen, told } = page()
    source.resume()
    line().hello(100)
    line().breakOff()
    vi.advanceTimersByTime(1_000)
    line().hello(900, true)
    expect(told.missed).toBe(1)
    line().breakOff()
    vi.advanceTimersByTime(1_000)
    expect(line().url).toContain('after=900')
    line().hello(3)
    expect(told.missed).toBe(2)
    line().say('run', 4)
    expect(seen).toEqual([4])
  })
})

describe('refreshes', () => {
  test('however much happens, one a second, and the last of it is not forgotten', () => {
    let done = 0
    const coalescer = new Coalescer(() => {
      done += 1
    }, 1_000)
    for (let ms = 0; ms < 3_000; ms += 50) {
      coalescer.ask()
      vi.advanceTimersByTime(50)
    }
    expect(done).toBe(3)
    vi.advanceTimersByTime(5_000)
    expect(done).toBe(4)
  })

  test('none while one is under way; one afterwards', () => {
    let done = 0
    const coalescer = new Coalescer(() => {
      done += 1
      coalescer.setBusy(true)
    }, 1_000)
    coalescer.ask()
    vi.advanceTimersByTime(1_000)
    coalescer.ask()
    vi.advanceTimersByTime(60_000)
    expect(done).toBe(1)
    coalescer.setBusy(false)
    vi.advanceTimersByTime(1_000)
    expect(done).toBe(2)
    coalescer.stop()
  })

  test('none while there is nobody to ask, and what was asked for then is not forgotten', () => {
    let done = 0
    const coalescer = new Coalescer(() => {
      done += 1
    }, 1_000)
    coalescer.ask()
    coalescer.setAway(true)
    vi.advanceTimersByTime(60_000)
    expect(done).toBe(0)
    coalescer.ask()
    vi.advanceTimersByTime(60_000)
    expect(done).toBe(0)
    coalescer.setAway(false)
    vi.advanceTimersByTime(1_000)
    expect(done).toBe(1)
    coalescer.setAway(true)
    coalescer.setAway(false)
    vi.advanceTimersByTime(60_000)
    expect(done).toBe(1)
  })

  test('only what is shown', () => {
    const event = (kind: string, runId = 'r1') => ({ id: 1, kind, runId })
    expect(concerns([], event('run'))).toBe(true)
    expect(concerns([], event('tool'))).toBe(false)
    expect(concerns([{ run: 'r1' }], event('tool'))).toBe(true)
    expect(concerns([{ run: 'r2' }], event('run'))).toBe(false)
    expect(concerns([{ run: 'r2' }], event('gate'))).toBe(true)
    expect(concerns([{ run: null }], event('run'))).toBe(false)
  })
})
