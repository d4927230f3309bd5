import type { CanonicalRequest } from '@/lib/models/request-hash'

export function sharedMessages(one: CanonicalRequest, other: CanonicalRequest): number {
  const end = one.messages.findIndex((message, index) => !sameMessage(message, other.messages[index]))
  return end === -1 ? one.messages.length : end
}

type CanonicalMessage = CanonicalRequest['messages'][number]

function sameMessage(one: CanonicalMessage | undefined, other: CanonicalMessage | undefined): boolean {
  return one?.role === other?.role && one?.text === other?.text
}

/** The first part of a request that differs, and its lines. */
export function firstDifference(
  old: CanonicalRequest,
  now: CanonicalRequest,
): { place: string; text: string; lines: string } {
  const differs = (place: string, was: string, is: string) => {
    const lines = lineDifference(was, is)
    return { place, text: `${place} changed.\n${lines}`, lines }
  }
  if (old.system !== now.system) return differs('the system prompt', old.system, now.system)
  if (old.tools !== now.tools) return differs('the tools', old.tools, now.tools)
  for (const setting of ['toolChoice', 'maxTokens', 'temperature'] as const) {
    if (old[setting] !== now[setting]) return differs(setting, String(old[setting]), String(now[setting]))
  }
  const index = sharedMessages(old, now)
  const [was, is] = [old.messages[index], now.messages[index]]
  const place = `message ${index} (${(is ?? was)?.role ?? 'none'})`
  return differs(
    place,
    was ? `${was.role}: ${was.text}` : 'no message',
    is ? `${is.role}: ${is.text}` : 'no message',
  )
}

/** The first line that differs, as `- recorded` and `+ now`, cut around the first character that does. */
export function lineDifference(was: string, is: string): string {
  const at = commonStart(was, is)
  const line = was.slice(0, at).split('\n').length
  const from = Math.max(was.lastIndexOf('\n', at - 1) + 1, at - 60)
  const excerpt = (text: string): string => text.slice(from).split('\n', 1)[0]?.slice(0, 160) ?? ''
  return `  at line ${line}:\n  - ${excerpt(was)}\n  + ${excerpt(is)}`
}

export function commonStart(one: string, other: string): number {
  let at = 0
  while (at < one.length && at < other.length && one[at] === other[at]) at += 1
  return at
}
