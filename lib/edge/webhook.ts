import { isUtf8 } from 'node:buffer'
import { verify } from '@octokit/webhooks-methods'
import { GITHUB } from '@/lib/core/webhook'
import { env } from '@/lib/env'
import { AppError } from '@/lib/errors'
import { getRuntime, type Runtime } from '@/lib/runtime'
import type { SignedWebhook } from '@/lib/services/webhooks/receive'
import { isObject, parseJson, readBytes } from './body'
import { noteRefusal } from './refusal'

/** GitHub's own payloads are nested less than ten times. */
const DEEPEST = 100

/**
 * Lets a body in that is signed with GITHUB_WEBHOOK_SECRET, and tells everybody else nothing. Nothing of it is looked at
 * before.
 * @throws AppError('not_configured') where no secret is set, 'too_large', 'unauthorized', 'bad_request'
 */
export async function assertSigned(request: Request): Promise<{ input: SignedWebhook; runtime: Runtime }> {
  const secret = env().GITHUB_WEBHOOK_SECRET
  if (secret === undefined) {
    throw new AppError('not_configured', 'GITHUB_WEBHOOK_SECRET is not set: no webhook is taken.', {
      place: 'GITHUB_WEBHOOK_SECRET',
      mend: 'Set GITHUB_WEBHOOK_SECRET to a long random text, and enter the same at GitHub under Settings, Webhooks, Secret.',
    })
  }
  const bytes = await readBytes(
    request,
    'Choose the events Issues and Workflow runs at GitHub, and no others.',
  )
  if (!(await isSigned(bytes, request.headers.get('x-hub-signature-256'), secret))) {
    await noteRefusal({ actor: GITHUB, action: 'webhook.refused', path: new URL(request.url).pathname })
    throw new AppError('unauthorized', 'Unauthorized.')
  }
  const event = named(request.headers, 'X-GitHub-Event', /^[a-z_]{1,60}$/)
  const delivery = named(request.headers, 'X-GitHub-Delivery', /^[\x21-\x7e]{1,100}$/)
  const text = bytes.toString('utf8')
  const payload = readPayload(text, request.headers.get('content-type') ?? '')
  return { input: { event, delivery, text, payload }, runtime: await getRuntime() }
}

/** Compared in constant time. What is no UTF-8 was not written by GitHub, and would be another text than was signed. */
async function isSigned(bytes: Buffer, signature: string | null, secret: string): Promise<boolean> {
  if (bytes.length === 0 || !signature || !isUtf8(bytes)) return false
  return verify(secret, bytes.toString('utf8'), signature)
}

function named(headers: Headers, name: string, shape: RegExp): string {
  const value = headers.get(name)
  if (value !== null && shape.test(value)) return value
  throw new AppError(
    'bad_request',
    `${name}: ${value === null ? 'is missing' : 'is not as GitHub writes it'}.`,
    {
      place: name,
      mend: 'Let GitHub itself send it: Settings, Webhooks of the repository.',
    },
  )
}

/** As GitHub sends it: JSON, or a form with the JSON in `payload`. */
function readPayload(text: string, type: string): Record<string, unknown> {
  const value = parseJson(jsonOf(text, type))
  if (isObject(value) && isShallow(value)) return value
  throw new AppError('bad_request', 'The payload is JSON, but no object as GitHub writes it.', {
    place: 'body',
    mend: 'Let GitHub itself send it: Settings, Webhooks of the repository.',
  })
}

/** Whether it is nested no deeper than whoever walks through it can go. */
function isShallow(value: object): boolean {
  let level: object[] = [value]
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > DEEPEST) return false
    level = level
      .flatMap((one) => Object.values(one))
      .filter((one) => typeof one === 'object' && one !== null)
  }
  return true
}

/** What is signed says which of both it is; the header, which is not, must only agree. */
function jsonOf(text: string, type: string): string {
  const form = text.startsWith('payload=')
  const json = /^\s*\{/.test(text)
  if (json && /^application\/json\s*(;|$)/i.test(type)) return text
  if (form && /^application\/x-www-form-urlencoded\s*(;|$)/i.test(type))
    return new URLSearchParams(text).get('payload') ?? ''
  const is = form ? 'a form' : json ? 'JSON' : 'neither a JSON object nor a form that begins with `payload`'
  throw new AppError('bad_request', `The body is ${is}, and is sent as "${type.slice(0, 100)}".`, {
    place: 'Content-Type',
    mend: 'Let GitHub itself send it, with application/json as the content type of the webhook.',
  })
}
