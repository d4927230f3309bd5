import { existsSync, readFileSync } from 'node:fs'
import { z } from 'zod'
import { toolCallSchema, usageSchema } from '@/lib/core/turn'
import { AppError } from '@/lib/errors'
import { type CanonicalRequest, sha256 } from '@/lib/models/request-hash'

const ratesSchema = z.object({ input: z.number(), output: z.number(), cachedInput: z.number() })

/** The first line of a recording. */
const headerSchema = z.object({
  version: z.literal(1),
  recordedAt: z.iso.datetime(),
  note: z.string(),
  provider: z.string(),
  model: z.string(),
  price: ratesSchema
    .extend({ longInput: ratesSchema.extend({ overTokens: z.number() }).optional() })
    .nullable(),
})
export type RecordingHeader = z.infer<typeof headerSchema>

const responseSchema = z.object({
  content: z.string().nullable(),
  toolCalls: z.array(toolCallSchema),
  finish: z.enum(['stop', 'tool_calls', 'length', 'refusal']),
  usage: usageSchema,
  model: z.string(),
})

/** A conversation repeats itself in every request: texts are stored once, under the start of their SHA-256. */
const textSchema = z.object({ text: z.string(), value: z.string() })

const entrySchema = z.object({
  hash: z.string(),
  request: z.object({
    system: z.string(),
    messages: z.array(z.object({ role: z.enum(['user', 'assistant', 'tool']), text: z.string() })),
    tools: z.string(),
    toolChoice: z.string(),
    maxTokens: z.number(),
    temperature: z.number(),
  }),
  response: responseSchema,
})
type StoredEntry = z.infer<typeof entrySchema>

export interface RecordedEntry {
  readonly hash: string
  readonly request: CanonicalRequest
  readonly response: z.infer<typeof responseSchema>
}

export interface Recording {
  readonly header: RecordingHeader
  readonly entries: readonly RecordedEntry[]
}

/** The name under which a text is stored. */
export function textId(value: string): string {
  return sha256(value).slice(0, 16)
}

/** The lines of one entry: the texts that the file does not hold yet, then the entry, which refers to them. */
export function entryLines(entry: RecordedEntry, known: Set<string>): string {
  const lines: string[] = []
  const store = (value: string): string => {
    const id = textId(value)
    if (!known.has(id)) lines.push(JSON.stringify({ text: id, value }))
    known.add(id)
    return id
  }
  const { request } = entry
  const stored: StoredEntry = {
    hash: entry.hash,
    request: {
      ...request,
      system: store(request.system),
      tools: store(request.tools),
      messages: request.messages.map((message) => ({ role: message.role, text: store(message.text) })),
    },
    response: entry.response,
  }
  lines.push(JSON.stringify(stored))
  return `${lines.join('\n')}\n`
}

/**
 * A recording, read whole.
 * @throws AppError('bad_config') when the file is missing or a line of it cannot be read, with the mend given.
 */
export function readRecording(file: string, mend: string): Recording {
  if (!existsSync(file)) {
    throw new AppError('bad_config', `There is no recording at ${file}.`, {
      place: file,
      mend: `Record one: ${mend}`,
    })
  }
  const texts = new Map<string, string>()
  const entries: RecordedEntry[] = []
  const [first = '', ...rest] = readFileSync(file, 'utf8').split('\n')
  const broken = (line: number, why: string): AppError =>
    new AppError('bad_config', `Line ${line} of the recording ${file} cannot be read: ${why}.`, {
      place: `${file}:${line}`,
      mend: `Record again: ${mend}`,
    })
  const header = headerSchema.safeParse(json(first))
  if (!header.success) throw broken(1, 'it is no header of version 1')
  for (const [index, line] of rest.entries()) {
    if (line.trim() === '') continue
    const value = json(line)
    const text = textSchema.safeParse(value)
    if (text.success) {
      texts.set(text.data.text, text.data.value)
      continue
    }
    const entry = entrySchema.safeParse(value)
    if (!entry.success) throw broken(index + 2, 'it is neither a text nor an entry')
    entries.push(
      resolved(entry.data, (id) => texts.get(id) ?? missing(broken(index + 2, `text ${id} is missing`))),
    )
  }
  return { header: header.data, entries }
}

function resolved(entry: StoredEntry, text: (id: string) => string): RecordedEntry {
  const { request } = entry
  return {
    ...entry,
    request: {
      ...request,
      system: text(request.system),
      tools: text(request.tools),
      messages: request.messages.map((message) => ({ role: message.role, text: text(message.text) })),
    },
  }
}

function missing(error: AppError): never {
  throw error
}

/** A line's value, or undefined, which no schema here takes, when it is not JSON. */
function json(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}
