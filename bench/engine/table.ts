import { type Measured, STEPS } from './subject'

/** One measurement, per step where it is a time. */
export interface Result {
  readonly atOnce: number
  readonly steps: number
  readonly stepsPerSecond: number
  /** Wall time a step and lane: what one run waits for its next step, gate and start included. */
  readonly msPerStep: number
  readonly p50: number
  readonly p95: number
  readonly workerCpu: number
  readonly serverCpu: number | null
  readonly profile: readonly string[]
}

export function resultOf(measured: Measured, atOnce: number, serverMs: number | null): Result {
  const steps = measured.runs * STEPS.length
  return {
    atOnce,
    steps,
    stepsPerSecond: (steps * 1_000) / measured.ms,
    msPerStep: (measured.ms * atOnce) / steps,
    p50: measured.p50,
    p95: measured.p95,
    workerCpu: measured.cpuMs / steps,
    serverCpu: serverMs === null ? null : serverMs / steps,
    profile: measured.profile,
  }
}

const names: Readonly<Record<string, readonly [engine: string, database: string]>> = {
  postgres: ['embedded', 'PostgreSQL'],
  pglite: ['embedded', 'PGlite'],
  'devpilot-temporal': ['DevPilot on Temporal', 'PostgreSQL, SQLite'],
  'temporal memory': ['Temporal dev server', 'SQLite in memory'],
  'temporal file': ['Temporal dev server', 'SQLite file'],
  'temporal tuned': ['Temporal, tuned', 'SQLite in memory'],
  'langgraph async': ['LangGraph async', 'PostgreSQL'],
  'langgraph sync': ['LangGraph sync', 'PostgreSQL'],
}

export function printTable(results: ReadonlyMap<string, readonly Result[]>): void {
  const columns: readonly (readonly [
    title: string,
    value: (one: Result) => number | null,
    digits: number,
  ])[] = [
    ['at once', (one) => one.atOnce, 0],
    ['steps', (one) => one.steps, 0],
    ['steps/s', (one) => one.stepsPerSecond, 0],
    ['ms a step', (one) => one.msPerStep, 2],
    ['p50 ms', (one) => one.p50, 2],
    ['p95 ms', (one) => one.p95, 2],
    ['worker CPU ms', (one) => one.workerCpu, 2],
    ['server CPU ms', (one) => one.serverCpu, 2],
  ]
  const cell = (text: string, title: string) => text.padStart(Math.max(title.length, 7))
  console.log(
    `\n| engine               | database           | ${columns.map(([title]) => cell(title, title)).join(' | ')} |`,
  )
  console.log(`|---|---|${columns.map(() => '---|').join('')}`)
  for (const [key, all] of results) {
    const [engine = key, database = ''] = names[key.split(':')[0] ?? ''] ?? []
    const cells = columns.map(([title, value, digits]) => cell(format(median(all.map(value)), digits), title))
    console.log(`| ${engine.padEnd(20)} | ${database.padEnd(18)} | ${cells.join(' | ')} |`)
  }
}

/** The figure to meet: the embedded engine on PostgreSQL needs under a quarter of what the others need. */
export function printRatios(results: ReadonlyMap<string, readonly Result[]>): void {
  const speed = (key: string) => median((results.get(key) ?? []).map((one) => one.stepsPerSecond))
  const others = [...results.keys()].filter(
    (key) => key.startsWith('temporal') || key.startsWith('langgraph'),
  )
  if (others.length === 0) return
  console.log(
    '\nOverhead a step of embedded on PostgreSQL as a part of theirs (the figure to meet: under 0.25):',
  )
  for (const key of others) {
    const [subject = '', atOnce] = key.split(':')
    const [ours, theirs] = [speed(`postgres:${atOnce}`), speed(key)]
    if (ours && theirs)
      console.log(
        `  ${String(names[subject]?.join(', ')).padEnd(41)} ${String(atOnce).padStart(3)} at once: ${(theirs / ours).toFixed(2)}`,
      )
  }
}

const format = (value: number | null, digits: number) => value?.toFixed(digits) ?? '-'

function median(values: readonly (number | null)[]): number | null {
  const sorted = values.flatMap((one) => (one === null ? [] : [one])).sort((a, b) => a - b)
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? null
}
