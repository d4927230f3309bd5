import { redactShapes } from '@/lib/core/secrets'
import { env, secretNames } from '@/lib/env'

const order = { debug: 0, info: 1, warn: 2, error: 3, silent: 4 } as const
type Level = Exclude<keyof typeof order, 'silent'>

/** Text with the values of secret variables and everything shaped like a key replaced by `[redacted]`. */
export function redact(text: string): string {
  let clean = text
  const values = env()
  for (const name of secretNames) {
    const value = values[name]
    if (value && value.length >= 8) clean = clean.replaceAll(value, '[redacted]')
  }
  return redactShapes(clean)
}

/** As `redact`, on every text inside a value. The value's JSON as a whole could lose its quotes to a rule. */
export function redactDeep(value: unknown): unknown {
  if (typeof value === 'string') return redact(value)
  if (Array.isArray(value)) return value.map(redactDeep)
  if (typeof value !== 'object' || value === null || value instanceof Date) return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, redactDeep(item)]))
}

/** As `redactDeep`, typed: only the contents of texts change, so the value keeps its shape. */
export function redacted<T>(value: T): T {
  return redactDeep(value) as T
}

let people = false

/** From now on a line of the log is one for people: this process is a command that somebody typed. */
export function logForPeople(): void {
  people = true
}

/**
 * From now on this process outlives whoever reads its output (`npm start | tee log`, and tee was killed): what is said
 * after that is lost. Otherwise the failed write is an uncaught error, whose report is a failed write, for ever.
 */
export function outliveReaders(): void {
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined)
}

/** `warning: the token file could be read by others (path: /home/ada/.devpilot/token)` */
function inWords(level: Level, message: string, fields: Readonly<Record<string, unknown>>): string {
  const said = Object.entries(fields).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}: ${typeof value === 'string' ? value : JSON.stringify(value)}`],
  )
  const text = `${level === 'warn' ? 'warning' : level}: ${message}${said.length > 0 ? ` (${said.join(', ')})` : ''}`
  return text.replace(/[\s\u0000-\u001f\u007f-\u009f]+/g, ' ')
}

/** One line on stderr, redacted: JSON with `ts`, `level`, `msg` and the fields, or words after `logForPeople`. */
export function log(level: Level, message: string, fields: Readonly<Record<string, unknown>> = {}): void {
  if (order[level] < order[env().DEVPILOT_LOG]) return
  if (people) {
    process.stderr.write(`${redact(inWords(level, message, fields))}\n`)
    return
  }
  const line = { ts: new Date().toISOString(), level, msg: message, ...fields }
  process.stderr.write(`${JSON.stringify(redactDeep(line))}\n`)
}
