import { z } from 'zod'
import { checkOrigin } from '@/lib/auth/host'
import { getRuntime, type Runtime } from '@/lib/runtime'
import { authorise } from '@/lib/services/authorise'
import type { Access, ServiceContext } from '@/lib/services/context'
import { parseInput } from '@/lib/services/parse'
import type { SignedWebhook } from '@/lib/services/webhooks/receive'
import { assertOurHost, authenticate } from './authenticate'
import { readBody, readQuery } from './body'
import { assertCron } from './cron'
import { idempotencyKey, once } from './idempotency'
import { problemResponse } from './problem'
import { assertSigned } from './webhook'

/** What a handler states of itself, for /api/openapi.json and the test that finds bare handlers. */
export interface RouteInfo {
  readonly access: Access
  readonly summary: string
  readonly input: z.ZodObject
  /** A schema for JSON, or the media type of a stream. */
  readonly output: z.ZodType | string
  readonly status: number
}

export type RouteHandler = ((request: Request, context?: RouteParams) => Promise<Response>) & {
  readonly info: RouteInfo
}

interface RouteParams {
  readonly params: Promise<Readonly<Record<string, string | string[] | undefined>>>
}

export interface RouteCall<I> {
  readonly ctx: ServiceContext
  readonly input: I
  readonly request: Request
  readonly runtime: Runtime
  /** Of a write with an `Idempotency-Key`: the id for what it makes, the same whenever the key comes. */
  readonly made?: string
}

interface Stated<I extends z.ZodObject> {
  /** One line for the reader of /api/openapi.json. */
  readonly summary: string
  /** Path parameters, query and body in one object; unknown names are refused where it is strict. */
  readonly input?: I
  /** Of a success; 200 unless stated. */
  readonly status?: number
}

export interface JsonRoute<I extends z.ZodObject, O extends z.ZodType> extends Stated<I> {
  readonly access: Exclude<Access, 'public'>
  readonly output: O
  /** The answer holds a secret: it is not kept for an `Idempotency-Key`. */
  readonly secret?: boolean
  /** What it makes, it makes under `made`, or finds there: it may be done again where its answer was lost. */
  readonly makes?: boolean
  readonly handler: (call: RouteCall<z.output<I>>) => Promise<z.input<O>>
}

export interface StreamRoute<I extends z.ZodObject> extends Stated<I> {
  readonly access: Exclude<Access, 'public'>
  /** The media type. */
  readonly stream: string
  readonly handler: (call: RouteCall<z.output<I>>) => Promise<Response>
}

const nothing = z.strictObject({})

/**
 * The one wrapper of API routes: host, who, may they, input, `Idempotency-Key` on writes, the handler, and errors
 * as problem documents.
 */
export function route<I extends z.ZodObject = typeof nothing, O extends z.ZodType = z.ZodType>(
  definition: JsonRoute<I, O>,
): RouteHandler {
  const { access, summary, output, status = 200, handler } = definition
  const input: z.ZodObject = definition.input ?? nothing
  return finish({ access, summary, input, output, status }, async (request, params) => {
    const call = await begin(request, params, access, input)
    const work = async (made?: string) => {
      const body = await handler(ofInput<I>(made === undefined ? call : { ...call, made }))
      return { status, body }
    }
    const reads = request.method === 'GET' || request.method === 'HEAD'
    const key = reads || definition.secret === true ? null : idempotencyKey(request.headers)
    if (key === null) return json(await work())
    // Answers that are kept are nobody's to read: the process's own database, not the caller's.
    const { db } = call.runtime.database
    const { actor } = call.ctx
    const name = `${request.method} ${new URL(request.url).pathname}`
    const asked = { actor: actor.id, name, input: call.input, makes: definition.makes === true }
    return json(await once(db, key, asked, work))
  })
}

/** As `route`, for answers that are no JSON: live events, exports. */
export function streamRoute<I extends z.ZodObject = typeof nothing>(
  definition: StreamRoute<I>,
): RouteHandler {
  const { access, summary, stream, status = 200, handler } = definition
  const input: z.ZodObject = definition.input ?? nothing
  return finish({ access, summary, input, output: stream, status }, async (request, params) =>
    handler(ofInput<I>(await begin(request, params, access, input))),
  )
}

/** As `route`, for everybody: no key, no database. */
export function publicRoute<O extends z.ZodType>(definition: {
  readonly summary: string
  readonly output: O
  readonly handler: () => Promise<z.input<O>>
}): RouteHandler {
  const { summary, output, handler } = definition
  return finish({ access: 'public', summary, input: nothing, output, status: 200 }, async () =>
    json({ status: 200, body: await handler() }),
  )
}

/**
 * As `route`, for who is nobody yet: signing in through somebody else, whose answers are redirects and cookies. Writes
 * must come from our own pages.
 */
export function signInRoute(definition: {
  readonly summary: string
  readonly handler: (request: Request, params: Params) => Promise<Response>
}): RouteHandler {
  const { summary, handler } = definition
  const info = { access: 'public', summary, input: nothing, output: 'text/html', status: 302 } as const
  return finish(info, async (request, params) => {
    if (request.method !== 'GET') checkOrigin(request.headers)
    return handler(request, params)
  })
}

/** As `route`, for work that comes again: who sends CRON_SECRET, and nobody else. */
export function cronRoute<O extends z.ZodType>(definition: {
  readonly summary: string
  readonly output: O
  readonly handler: (call: { readonly ctx: ServiceContext; readonly runtime: Runtime }) => Promise<z.input<O>>
}): RouteHandler {
  const { summary, output, handler } = definition
  return finish({ access: 'cron', summary, input: nothing, output, status: 200 }, async (request) => {
    const call = await assertCron(request)
    return json({ status: 200, body: await handler(call) })
  })
}

/** As `route`, for what other programs tell: who signs the body with the secret that both know, and nobody else. */
export function webhookRoute<O extends z.ZodType>(definition: {
  readonly summary: string
  readonly output: O
  readonly handler: (call: {
    readonly input: SignedWebhook
    readonly runtime: Runtime
  }) => Promise<z.input<O>>
}): RouteHandler {
  const { summary, output, handler } = definition
  const input = z.looseObject({})
  return finish({ access: 'signed', summary, input, output, status: 202 }, async (request) => {
    const call = await assertSigned(request)
    return json({ status: 202, body: await handler(call) })
  })
}

type Params = Readonly<Record<string, string | string[] | undefined>>

function finish(
  info: RouteInfo,
  serve: (request: Request, params: Params) => Promise<Response>,
): RouteHandler {
  const handle = async (request: Request, context?: RouteParams): Promise<Response> => {
    try {
      assertOurHost(request)
      return await serve(request, (await context?.params) ?? {})
    } catch (error) {
      return problemResponse(error)
    }
  }
  return Object.assign(handle, { info })
}

async function begin(
  request: Request,
  params: Params,
  access: Access,
  schema: z.ZodObject,
): Promise<RouteCall<Record<string, unknown>>> {
  const runtime = await getRuntime()
  const ctx = await authenticate(request, runtime)
  authorise(ctx, access)
  const body = request.method === 'GET' || request.method === 'HEAD' ? {} : await readBody(request)
  const input = parseInput(schema, { ...readQuery(request.url), ...body, ...params }, 'programs')
  return { ctx, input, request, runtime }
}

/** The call with its input typed: `begin` parsed it with the schema that `I` is. */
function ofInput<I extends z.ZodObject>(call: RouteCall<Record<string, unknown>>): RouteCall<z.output<I>> {
  return call as unknown as RouteCall<z.output<I>>
}

function json(answer: { status: number; body: unknown; replayed?: boolean }): Response {
  const headers = new Headers({
    'content-type': 'application/json; charset=utf-8',
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  })
  if (answer.replayed) headers.set('idempotency-replayed', 'true')
  return new Response(JSON.stringify(answer.body), { status: answer.status, headers })
}
