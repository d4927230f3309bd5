import { AsyncLocalStorage, AsyncResource } from 'node:async_hooks'
import pg from 'pg'
import { STEPS } from './subject'

/** Where the embedded engine's time goes: its store's calls, and what each of them sends to the database. */
export interface Profile {
  /** Forgets what was seen so far. */
  clear(): void
  lines(runs: number, ms: number): string[]
}

interface Sum {
  calls: number
  ms: number
  statements: number
  sqlMs: number
}

const place = new AsyncLocalStorage<string>()
let sums: Map<string, Sum> | null = null
let texts = new Map<string, { count: number; ms: number }>()

/** Counts from now on every statement of this process's pg clients: with no pipelining, one is one round trip. */
export function startProfile(): Profile {
  sums = new Map()
  watchQueries((from, text, ms) => {
    const sum = sumOf(from)
    sum.statements += 1
    sum.sqlMs += ms
    const known = texts.get(text) ?? { count: 0, ms: 0 }
    texts.set(text, { count: known.count + 1, ms: known.ms + ms })
  })
  return {
    clear() {
      sums = new Map()
      texts = new Map()
    },
    lines: (runs, ms) => describe(runs * STEPS.length, ms),
  }
}

/** The same object, its functions timed under their names while a profile is taken. */
export function phases<T extends object>(of: T): T {
  if (!sums) return of
  return new Proxy(of, {
    get(target, name, receiver) {
      const value: unknown = Reflect.get(target, name, receiver)
      if (typeof value !== 'function') return value
      return (...args: unknown[]) => place.run(String(name), () => timed(String(name), () => value(...args)))
    },
  })
}

async function timed(name: string, work: () => unknown): Promise<unknown> {
  const began = performance.now()
  try {
    return await work()
  } finally {
    const sum = sumOf(name)
    sum.calls += 1
    sum.ms += performance.now() - began
  }
}

function sumOf(name: string): Sum {
  const known = sums?.get(name) ?? { calls: 0, ms: 0, statements: 0, sqlMs: 0 }
  sums?.set(name, known)
  return known
}

/** Tells of every statement of this process's pg clients: whose it is, its text, its milliseconds. */
export function watchQueries(seen: (from: string, text: string, ms: number) => void): void {
  const original: (...args: unknown[]) => unknown = pg.Client.prototype.query
  const watched = function (this: pg.Client, ...args: unknown[]): unknown {
    const began = performance.now()
    // Read now: an answer comes in the context of the connection.
    const from = place.getStore() ?? 'elsewhere'
    const done = () => seen(from, textOf(args[0]), performance.now() - began)
    const last = args.at(-1)
    if (typeof last === 'function') {
      const callback = (...given: unknown[]) => {
        done()
        last(...given)
      }
      return original.apply(this, [...args.slice(0, -1), callback])
    }
    const result = original.apply(this, args)
    if (result instanceof Promise) result.then(done, done)
    return result
  }
  Object.assign(pg.Client.prototype, { query: watched })
  // A pool calls back wherever a client was given back: the statement still belongs to who asked for one.
  const connect: (...args: unknown[]) => unknown = pg.Pool.prototype.connect
  const bound = function (this: pg.Pool, ...args: unknown[]): unknown {
    return connect.apply(
      this,
      args.map((one) => (typeof one === 'function' ? AsyncResource.bind(asCallback(one)) : one)),
    )
  }
  Object.assign(pg.Pool.prototype, { connect: bound })
}

/** Guarantees nothing of the arguments: they are handed through as they come. */
function asCallback(given: object): (...args: unknown[]) => unknown {
  return given as (...args: unknown[]) => unknown
}

function textOf(given: unknown): string {
  const text = typeof given === 'object' && given !== null && 'text' in given ? given.text : given
  return String(text).replace(/\s+/g, ' ').trim()
}

function describe(steps: number, ms: number): string[] {
  const all = [...(sums ?? new Map<string, Sum>())].sort((a, b) => b[1].sqlMs - a[1].sqlMs)
  const total = all.reduce((sum, [, one]) => ({ n: sum.n + one.statements, ms: sum.ms + one.sqlMs }), {
    n: 0,
    ms: 0,
  })
  const f = (value: number, width = 8) => value.toFixed(2).padStart(width)
  const a = (value: number) => f(value / steps)
  return [
    `wall time ${(ms / steps).toFixed(2)} ms a step; ${(total.n / steps).toFixed(1)} round trips a step, ${(total.ms / steps).toFixed(2)} ms of them spent waiting for SQL (sum over all connections)`,
    '| call             | a step   | ms each  | statements each | SQL ms each | SQL ms a step |',
    '|------------------|----------|----------|-----------------|-------------|---------------|',
    ...all.map(([name, one]) => {
      const each = (value: number) => value / (one.calls || steps)
      return `| ${name.padEnd(16)} | ${a(one.calls)} | ${f(each(one.ms))} | ${f(each(one.statements), 15)} | ${f(each(one.sqlMs), 11)} | ${f(one.sqlMs / steps, 13)} |`
    }),
    '| statements a step | ms each  | ms a step | statement',
    '|-------------------|----------|-----------|---',
    ...[...texts]
      .sort((x, y) => y[1].ms - x[1].ms)
      .slice(0, 40)
      .map(
        ([text, one]) =>
          `| ${f(one.count / steps, 17)} | ${f(one.ms / one.count)} | ${f(one.ms / steps, 9)} | ${text.slice(0, 150)}`,
      ),
  ]
}
