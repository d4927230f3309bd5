import { createHash } from 'node:crypto'
import type { ModelMessage, ModelRequest } from '@/lib/agents/model'
import { redact } from '@/lib/log'

/** A request as it is compared: texts normalised, secrets out, tool call ids by position. */
export interface CanonicalRequest {
  readonly system: string
  readonly messages: readonly { readonly role: ModelMessage['role']; readonly text: string }[]
  /** Canonical JSON. */
  readonly tools: string
  readonly toolChoice: string
  readonly maxTokens: number
  readonly temperature: number
}

const rules: readonly (readonly [RegExp, string])[] = [
  [/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/gi, '<uuid>'],
  [/\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?(?: ?(?:Z|[+-]\d\d:?\d\d))?\b/g, '<time>'],
  [/\b\d\d:\d\d:\d\d(?:\.\d+)?\b/g, '<time>'],
  [/(?<![\w/.])(?:\/private)?\/(?:tmp|var\/tmp|var\/folders)\/[^\s'"`<>|,;:)\]}]+/g, '<tmp>'],
  [/\b[0-9a-f]{7,64}\b/g, '<hex>'],
]

/** Times as test runners print them: `12.3ms`, `0.4 s`, `3 seconds`, and `duration_ms 12.3` of node's. */
const durations: readonly (readonly [RegExp, string])[] = [
  [/\b(duration_ms"?[:=]?\s*)\d+(?:\.\d+)?/g, '$1<duration>'],
  [/(?<![\w.])\d+(?:\.\d+)?\s?(?:ns|µs|us|ms|s|secs?|seconds?|mins?|minutes?)\b/g, '<duration>'],
]

/**
 * Text without what varies between two honest runs of the same thing: UUIDs, times, temporary paths, hashes of 7 to
 * 64 hex digits, durations, and the given roots of this machine.
 * @param roots absolute folders, replaced by `<root1>`, `<root2>`, ... in the order given.
 */
export function normalise(text: string, roots: readonly string[] = []): string {
  return replaceAll(normalisePrompt(text, roots), durations)
}

/** As `normalise`, but durations stay: in a system prompt "120 s" is a limit, and its change must be seen. */
function normalisePrompt(text: string, roots: readonly string[]): string {
  const rooted = roots.reduce(
    (sum, root, index) => (root.length > 3 ? sum.replaceAll(root, `<root${index + 1}>`) : sum),
    text,
  )
  return replaceAll(rooted, rules)
}

function replaceAll(text: string, list: readonly (readonly [RegExp, string])[]): string {
  return list.reduce((sum, [pattern, placeholder]) => sum.replace(pattern, placeholder), text)
}

/** The request as it is compared and stored; see CanonicalRequest. */
export function canonical(request: ModelRequest, roots: readonly string[] = []): CanonicalRequest {
  const idOf = callNames()
  // As the database keeps it: what was read back is the same request.
  const text = (raw: string): string =>
    normalise(redact(raw.toWellFormed().replaceAll('\0', '\ufffd')), roots)
  return {
    system: normalisePrompt(redact(request.system), roots),
    messages: request.messages.map((message) => ({ role: message.role, text: text(spoken(message, idOf)) })),
    tools: redact(canonicalJson(request.tools)),
    toolChoice: request.toolChoice,
    maxTokens: request.maxTokens,
    temperature: request.temperature,
  }
}

/** SHA-256, hex, of the canonical request: equal for two honest runs of the same conversation. */
export function requestHash(request: ModelRequest, roots: readonly string[] = []): string {
  return hashOf(canonical(request, roots))
}

export function hashOf(request: CanonicalRequest): string {
  return sha256(canonicalJson(request))
}

export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

/** Providers make ids at random: each becomes `call-N` by its first appearance. */
function callNames(): (id: string) => string {
  const names = new Map<string, string>()
  return (id) => {
    const name = names.get(id) ?? `call-${names.size + 1}`
    names.set(id, name)
    return name
  }
}

function spoken(message: ModelMessage, idOf: (id: string) => string): string {
  switch (message.role) {
    case 'user':
      return message.content
    case 'tool':
      return `[${idOf(message.toolCallId)}]\n${message.content}`
    case 'assistant':
      return [
        message.content ?? '',
        ...message.toolCalls.map((call) => `[${idOf(call.id)}] ${call.name} ${call.arguments}`),
      ].join('\n')
  }
}

/** JSON with the keys of every object sorted, so that equal values have one text. */
function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)))
      : inner,
  )
}
