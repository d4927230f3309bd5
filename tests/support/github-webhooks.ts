import examples from '@octokit/webhooks-examples'
import { sign } from '@octokit/webhooks-methods'
import type { Sent } from './http'

/** The example of GitHub's own documentation. */
export const SECRET = "It's a Secret to Everybody"

type Payload = Record<string, unknown>

/** GitHub's example of an event, with parts of it changed: `{ 'issue.state': 'closed' }`. */
export function example(event: string, action: string | null, changes: Payload = {}): Payload {
  const found = examplesOf(event).find((payload) => action === null || payload.action === action)
  if (!found) throw new Error(`GitHub has no example of ${event} ${action}`)
  const payload = structuredClone(found)
  for (const [path, value] of Object.entries(changes)) put(payload, path.split('.'), value)
  return payload
}

/** All of GitHub's examples of an event. */
export function examplesOf(event: string): Payload[] {
  return (everyExample().find(({ name }) => name === event)?.examples ?? []) as Payload[]
}

/** Every event that GitHub knows, with its examples. */
export function everyExample(): { name: string; examples: unknown[] }[] {
  return examples
}

function put(at: Payload, path: readonly string[], value: unknown): void {
  const [name = '', ...rest] = path
  if (rest.length === 0) at[name] = value
  else put(at[name] as Payload, rest, value)
}

let sent = 0

/** What GitHub sends: signed, with a number of its own. */
export async function signed(
  event: string,
  payload: unknown,
  { delivery, secret = SECRET, form = false }: { delivery?: string; secret?: string; form?: boolean } = {},
): Promise<Sent> {
  const json = typeof payload === 'string' ? payload : JSON.stringify(payload)
  const body = form ? new URLSearchParams({ payload: json }).toString() : json
  sent += 1
  return {
    path: '/api/webhooks/github',
    method: 'POST',
    token: null,
    body,
    headers: {
      'content-type': form ? 'application/x-www-form-urlencoded' : 'application/json',
      'x-github-event': event,
      'x-github-delivery': delivery ?? `00000000-0000-4000-8000-${String(sent).padStart(12, '0')}`,
      'x-hub-signature-256': await sign(secret, body),
    },
  }
}
