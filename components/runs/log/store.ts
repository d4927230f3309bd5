import type { LogLine, LogPage } from '@/lib/services/views/log'
import { type AskLog, LogError, type LogFilter, noFilter } from './ask'
import { LineMap } from './ranges'

/** Lines are asked for and forgotten so many at a time. */
const BLOCK = 200
/** Blocks that are kept: 8,000 lines, however long the log is. */
const KEPT = 40
/** The most ranges that a filter may leave: beyond them the list ends and says so. */
const MOST_RANGES = 20_000

type Block = (LogLine | undefined)[]

const PAUSE_MS = 3_000

/**
 * The lines of a log that a page has: a window that moves over a log of any length. It asks for what is looked at,
 * forgets what was looked at longest ago, and tells its listeners when there is something new.
 */
export class LogStore {
  /** Lines of the whole log. */
  total: number
  /** The log is known to this event. */
  lastEvent: number
  map: LineMap
  filter: LogFilter = noFilter
  /** The filter leaves more than can be listed. */
  cut = false
  /** A filter was chosen, and what it leaves is not known yet. */
  looking = false
  error: LogError | null = null

  private readonly ask: AskLog
  private readonly blocks = new Map<number, Block>()
  private readonly open = new Map<number, AbortController>()
  private readonly listeners = new Set<() => void>()
  private generation = 0
  private version = 0
  /** After an error the server is left alone for a while. */
  private notBefore = 0

  constructor(ask: AskLog, initial: LogPage) {
    this.ask = ask
    this.total = initial.total
    this.lastEvent = initial.lastEvent
    this.map = everything(initial.total)
    for (const line of initial.lines) this.put(line.n - 1, line)
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }
  readonly getVersion = (): number => this.version

  /** Lines that are in memory. */
  get held(): number {
    return this.blocks.size * BLOCK
  }

  row(index: number): LogLine | undefined {
    return this.blocks.get(Math.floor(index / BLOCK))?.[index % BLOCK]
  }

  /** Says what is looked at: what is missing of it is asked for, and what was asked for elsewhere no longer matters. */
  want(first: number, last: number): void {
    const from = Math.floor(Math.max(0, first) / BLOCK)
    const to = Math.floor(Math.min(last, this.map.count - 1) / BLOCK)
    for (const [block, request] of this.open) if (block < from - 1 || block > to + 1) request.abort()
    for (let block = from; block <= to; block++) this.load(block)
  }

  /** Shows only such lines. */
  async setFilter(filter: LogFilter): Promise<void> {
    this.filter = filter
    this.forget()
    this.looking = this.filtered
    this.map = everything(this.filtered ? 0 : this.total)
    this.tell()
    await this.grow()
  }

  /** Looks how long the log has become; lines that are shown come with the answer. */
  async grow(): Promise<void> {
    const { generation } = this
    try {
      if (this.filtered) {
        const places = await this.ask.places({ ...this.filter, limit: MOST_RANGES })
        if (generation !== this.generation) return
        this.map = new LineMap(places.ranges)
        this.cut = places.more
        this.known(places)
      } else {
        const page = await this.ask.page({ from: this.total + 1, limit: BLOCK })
        if (generation !== this.generation) return
        for (const line of page.lines) this.put(line.n - 1, line)
        this.map = everything(page.total)
        this.known(page)
      }
    } catch (error) {
      if (generation === this.generation) this.failed(error)
    }
  }

  get filtered(): boolean {
    return Object.values(this.filter).some((value) => value !== '')
  }

  private known({ total, lastEvent }: { readonly total: number; readonly lastEvent: number }): void {
    this.total = total
    this.lastEvent = lastEvent
    this.looking = false
    this.error = null
    this.tell()
  }

  private load(block: number): void {
    const kept = this.blocks.get(block)
    // Looked at last: forgotten last.
    if (kept) {
      this.blocks.delete(block)
      this.blocks.set(block, kept)
    }
    const size = Math.min(BLOCK, this.map.count - block * BLOCK)
    const missing = Array.from({ length: size }, (_, at) => at).find((at) => kept?.[at] === undefined)
    if (missing === undefined || this.open.has(block) || Date.now() < this.notBefore) return
    const start = block * BLOCK + missing
    const from = this.map.lineAt(start)
    if (from === null) return
    const request = new AbortController()
    this.open.set(block, request)
    this.ask
      .page({ ...this.filter, from, limit: size - missing }, request.signal)
      .then(
        (page) => {
          if (request.signal.aborted) return
          for (const [at, line] of page.lines.entries()) this.put(start + at, line)
          this.error = null
        },
        (error: unknown) => {
          if (!request.signal.aborted) this.failed(error)
        },
      )
      .finally(() => {
        if (this.open.get(block) === request) this.open.delete(block)
        this.tell()
      })
  }

  private put(index: number, line: LogLine): void {
    const number = Math.floor(index / BLOCK)
    const block = this.blocks.get(number) ?? []
    block[index % BLOCK] = line
    this.blocks.set(number, block)
    for (const old of this.blocks.keys()) {
      if (this.blocks.size <= KEPT) break
      this.blocks.delete(old)
    }
  }

  private forget(): void {
    this.generation++
    for (const request of this.open.values()) request.abort()
    this.open.clear()
    this.blocks.clear()
    this.cut = false
  }

  private failed(error: unknown): void {
    this.error = error instanceof LogError ? error : new LogError('The log could not be read.', false)
    this.looking = false
    if (!this.error.gone) {
      this.notBefore = Date.now() + PAUSE_MS
      setTimeout(() => this.tell(), PAUSE_MS)
    }
    this.tell()
  }

  private tell(): void {
    this.version++
    for (const listener of this.listeners) listener()
  }
}

const everything = (total: number): LineMap => new LineMap(total > 0 ? [[1, total]] : [])
