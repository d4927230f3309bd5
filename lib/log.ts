import { env, secretNames } from '@/lib/env'

const order = { debug: 0, info: 1, warn: 2, error: 3, silent: 4 } as const
type Level = Exclude<keyof typeof order, 'silent'>

/** Shapes of well-known keys: OpenAI, Anthropic, GitHub, AWS, Slack, bearer headers, private keys, URL passwords. */
const secretShapes = [
  /\bsk-[A-Za-z0-9_-]{16,}/g,
  /\bgh[pousr]_[A-Za-z0-9]{20,}/g,
  /\bgithub_pat_[A-Za-z0-9_]{20,}/g,
  /\bAKIA[0-9A-Z]{16}\b/g,
  /\bxox[abprs]-[A-Za-z0-9-]{10,}/g,
  /\b[Bb]earer\s+[A-Za-z0-9._~+/-]{16,}=*/g,
  /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?-----END [A-Z ]*PRIVATE KEY-----/g,
  /(?<=\b[a-z][a-z0-9+.-]*:\/\/[^\s:/@]*:)[^\s@/]+(?=@)/g,
]

/** Text with the values of secret variables and everything shaped like a key replaced by `[redacted]`. */
export function redact(text: string): string {
  let clean = text
  const values = env()
  for (const name of secretNames) {
    const value = values[name]
    if (value && value.length >= 8) clean = clean.replaceAll(value, '[redacted]')
  }
  for (const shape of secretShapes) clean = clean.replace(shape, '[redacted]')
  return clean
}

/** One line of JSON on stderr: `ts`, `level`, `msg` and the fields, redacted. */
export function log(level: Level, message: string, fields: Readonly<Record<string, unknown>> = {}): void {
  if (order[level] < order[env().DEVPILOT_LOG]) return
  const line = JSON.stringify({ ts: new Date().toISOString(), level, msg: message, ...fields })
  process.stderr.write(`${redact(line)}\n`)
}
