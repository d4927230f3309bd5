import { existsSync } from 'node:fs'
import { appendFile, mkdir } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import type { Model, ModelResponse } from '@/lib/agents/model'
import { AppError } from '@/lib/errors'
import { redact } from '@/lib/log'
import { entryLines, type RecordingHeader, readRecording, textId } from '@/lib/models/recording-file'
import { canonical, hashOf } from '@/lib/models/request-hash'

export interface RecordingOptions {
  /** What the recording is of, for its readers. */
  readonly note?: string
  /** Folders of this machine that prompts may name; see `normalise`. Give the same ones, in order, to the replay. */
  readonly roots?: readonly string[]
  readonly now?: () => Date
}

interface OpenFile {
  /** Ends when every write so far is done: writers of one process take turns. */
  tail: Promise<void>
  readonly known: Set<string>
}
const open = new Map<string, OpenFile>()

/**
 * A model whose calls are also appended, redacted, to a file that `recordedModel` replays. An existing recording of
 * the same model is added to: remove the file to start anew.
 * @throws AppError('bad_config') when the file is a recording of another model, whose price would be kept wrongly.
 */
export function recording(model: Model, file: string, options: RecordingOptions = {}): Model {
  const path = resolve(file)
  const header: RecordingHeader = {
    version: 1,
    recordedAt: (options.now?.() ?? new Date()).toISOString(),
    note: redact(options.note ?? ''),
    provider: model.provider,
    model: model.name,
    price: copyPrice(model),
  }
  if (existsSync(path)) assertSameModel(path, header)
  return {
    provider: model.provider,
    name: model.name,
    price: model.price,
    complete: async (request, signal) => {
      const response = await model.complete(request, signal)
      const asked = canonical(request, options.roots)
      const entry = { hash: hashOf(asked), request: asked, response: clean(response) }
      await append(path, header, (known) => entryLines(entry, known))
      return response
    },
  }
}

/** One write of whole lines at the file's end, so that a reader or another writer never sees half an entry. */
function append(path: string, header: RecordingHeader, lines: (known: Set<string>) => string): Promise<void> {
  const state = open.get(path) ?? {
    tail: Promise.resolve(),
    known: existsSync(path) ? knownTexts(path) : new Set(),
  }
  open.set(path, state)
  const write = state.tail.then(async () => {
    const isNew = !existsSync(path)
    if (isNew) {
      state.known.clear()
      await mkdir(dirname(path), { recursive: true })
    }
    await appendFile(path, `${isNew ? `${JSON.stringify(header)}\n` : ''}${lines(state.known)}`)
  })
  // A failed write is its caller's; the next one reads anew what the file holds.
  state.tail = write.catch(() => void open.delete(path))
  return write
}

function knownTexts(path: string): Set<string> {
  const { entries } = readRecording(path, `remove ${path} and record again`)
  return new Set(
    entries.flatMap(({ request }) =>
      [request.system, request.tools, ...request.messages.map((message) => message.text)].map(textId),
    ),
  )
}

function assertSameModel(path: string, header: RecordingHeader): void {
  const { header: old } = readRecording(path, `remove ${path} and record again`)
  if (old.provider === header.provider && old.model === header.model) return
  throw new AppError(
    'bad_config',
    `${path} is a recording of ${old.provider} (${old.model}), not of ${header.provider} (${header.model}).`,
    { place: path, mend: 'Record each model into a file of its own, or remove the old file.' },
  )
}

function copyPrice({ price }: Model): RecordingHeader['price'] {
  if (!price) return null
  const { longInput, ...rates } = price
  return longInput ? { ...rates, longInput } : rates
}

function clean(response: ModelResponse): RecordedResponse {
  return {
    ...response,
    content: response.content === null ? null : redact(response.content),
    toolCalls: response.toolCalls.map((call) => ({ ...call, arguments: redact(call.arguments) })),
  }
}
type RecordedResponse = Parameters<typeof entryLines>[0]['response']
