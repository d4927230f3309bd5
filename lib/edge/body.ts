import { AppError } from '@/lib/errors'

/** The most bytes of a request's body. */
export const MAX_BODY = 2 * 1024 * 1024

/**
 * The JSON object of a request's body; `{}` for an empty one.
 * @throws AppError('too_large') over 2 MB, 'bad_request' with line and column where it is no JSON.
 */
export async function readBody(request: Request): Promise<Record<string, unknown>> {
  const text = decode(await readBytes(request))
  if (text.trim() === '') return {}
  const type = request.headers.get('content-type') ?? ''
  if (!/^application\/(json|[\w.-]+\+json)\s*(;|$)/i.test(type)) {
    throw new AppError('bad_request', `The body is sent as "${type.slice(0, 100)}" and not as JSON.`, {
      place: 'Content-Type',
      mend: 'Send `Content-Type: application/json`.',
    })
  }
  const value = parseJson(text)
  if (isObject(value)) return value
  throw new AppError('bad_request', 'The body is JSON, but not an object.', { mend: 'Send `{ … }`.' })
}

/** The bytes of a request's body. @throws AppError('too_large') over 2 MB */
export async function readBytes(request: Request, mend = 'Send less; shorten the log.'): Promise<Buffer> {
  if (Number(request.headers.get('content-length') ?? 0) > MAX_BODY) throw tooLarge(mend)
  if (!request.body) return Buffer.alloc(0)
  const parts: Uint8Array[] = []
  let size = 0
  const reader = request.body.getReader()
  for (;;) {
    const { done, value } = await reader.read()
    if (done) break
    size += value.byteLength
    if (size > MAX_BODY) {
      await reader.cancel()
      throw tooLarge(mend)
    }
    parts.push(value)
  }
  return Buffer.concat(parts)
}

function decode(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (cause) {
    throw new AppError('bad_request', 'The body is not UTF-8.', { mend: 'Send JSON as UTF-8.', cause })
  }
}

function tooLarge(mend: string): AppError {
  return new AppError('too_large', 'The body is larger than 2 MB.', { mend })
}

/** @throws AppError('bad_request') with line and column where it is no JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : ''
    const at = /at position (\d+)/.exec(message)?.[1]
    const place = placeIn(text, at === undefined ? text.length : Number(at))
    throw new AppError('bad_request', `The body is not JSON: ${place}.`, {
      place,
      mend: 'Check the quotes, commas and brackets there.',
      cause,
    })
  }
}

function placeIn(text: string, position: number): string {
  const before = text.slice(0, position).split('\n')
  return `line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1}`
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The query; a name that stands several times becomes an array. */
export function readQuery(url: string): Record<string, unknown> {
  const { searchParams } = new URL(url)
  const names = [...new Set(searchParams.keys())]
  return Object.fromEntries(
    names.map((name) => {
      const values = searchParams.getAll(name)
      return [name, values.length === 1 ? values[0] : values]
    }),
  )
}
