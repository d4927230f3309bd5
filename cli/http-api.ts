import { z } from 'zod'
import { replayReportSchema } from '@/lib/core/replay-report'
import { env } from '@/lib/env'
import { AppError, type ErrorCode, errorStatus } from '@/lib/errors'
import { auditReportSchema } from '@/lib/services/audit/report'
import { keyViewSchema, madeKeySchema } from '@/lib/services/keys/view'
import { scheduleViewSchema } from '@/lib/services/schedules/view'
import {
  auditEntrySchema,
  gateItemSchema,
  gateViewSchema,
  pageOf,
  requeuedSchema,
  runPageSchema,
  runSummarySchema,
  runViewSchema,
  statsViewSchema,
} from '@/lib/services/views'
import type { Api } from './api'
import { readEvents } from './event-stream'

const REQUEST_MS = 30_000
const gatePage = pageOf(gateItemSchema)
const schedulePage = pageOf(scheduleViewSchema)
const keyPage = pageOf(keyViewSchema)
const dataSchema = z.object({ stats: statsViewSchema })
const auditPage = pageOf(auditEntrySchema)

/**
 * The routes of a server.
 * @param base without a slash at the end
 * @param token null where none is known: the server then says that a sign-in is needed
 */
export function httpApi(base: string, token: string | null): Api {
  const call = <S extends z.ZodType>(schema: S, path: string, init: Sent = {}) =>
    request(base, token, schema, path, init)
  const id = encodeURIComponent
  return {
    kind: 'server',
    pages: base,
    startRun: (input) => call(runSummarySchema, '/api/runs', { body: input }),
    listRuns: (query) => call(runPageSchema, `/api/runs${queryOf(query)}`),
    getRun: (run) => call(runViewSchema, `/api/runs/${id(run)}`),
    signalRun: (kind, run, body) => call(runSummarySchema, `/api/runs/${id(run)}/${kind}`, { body }),
    forkRun: (run, body) => call(runSummarySchema, `/api/runs/${id(run)}/fork`, { body }),
    replayRun: (run, body) => call(replayReportSchema, `/api/runs/${id(run)}/replay`, { body }),
    requeueRuns: (body) => call(requeuedSchema, '/api/runs/requeue', { body }),
    events: (run, after, signal) =>
      readEvents(`${base}/api/runs/${id(run)}/events`, headersOf(token), after, signal),
    listGates: (query) => call(gatePage, `/api/gates${queryOf(query)}`),
    getGate: (gate) => call(gateViewSchema, `/api/gates/${id(gate)}`),
    decideGate: (gate, body) => call(gateViewSchema, `/api/gates/${id(gate)}/decision`, { body }),
    listSchedules: (query) => call(schedulePage, `/api/schedules${queryOf(query)}`),
    listKeys: (query) => call(keyPage, `/api/keys${queryOf(query)}`),
    createKey: (body) => call(madeKeySchema, '/api/keys', { body }),
    revokeKey: (key) => call(keyViewSchema, `/api/keys/${id(key)}/revoke`, { body: {} }),
    listAudit: (query) => call(auditPage, `/api/audit${queryOf(query)}`),
    verifyAudit: (run) => call(auditReportSchema, `/api/audit/verify${queryOf({ run })}`),
    exportAudit: (filter) => textOf(`${base}/api/audit/export${queryOf(filter)}`, headersOf(token)),
    stats: async () => (await call(dataSchema, '/api/data')).stats,
    ingest: async (log) => {
      await call(z.unknown(), '/api/cline', { body: log })
    },
    work: async () => undefined,
    close: async () => undefined,
  }
}

interface Sent {
  readonly body?: unknown
}

async function request<S extends z.ZodType>(
  base: string,
  token: string | null,
  schema: S,
  path: string,
  { body }: Sent,
): Promise<z.output<S>> {
  const sent = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }
  const headers = {
    ...headersOf(token),
    ...(body === undefined ? {} : { 'content-type': 'application/json' }),
  }
  const response = await fetch(`${base}${path}`, {
    ...sent,
    headers,
    signal: AbortSignal.timeout(REQUEST_MS),
  }).catch((error: unknown) => {
    throw unreachable(base, error)
  })
  const text = await response.text()
  if (!response.ok) throw problem(response.status, text, base)
  const parsed = schema.safeParse(parseJson(text))
  if (parsed.success) return parsed.data
  throw new AppError('internal', `The answer of ${base}${path} is not what this version expects.`, {
    mend: 'Run the same version of DevPilot on both sides.',
    cause: parsed.error,
  })
}

async function* textOf(url: string, headers: Readonly<Record<string, string>>): AsyncGenerator<string> {
  const response = await fetch(url, { headers }).catch((error: unknown) => {
    throw unreachable(url, error)
  })
  if (!response.ok || !response.body) throw problem(response.status, await response.text(), url)
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader()
  for (let next = await reader.read(); !next.done; next = await reader.read()) yield next.value
}

export function unreachable(base: string, cause: unknown): AppError {
  return new AppError('unavailable', `${base} cannot be reached.`, {
    place: base,
    mend: 'Start the server there, or unset DEVPILOT_URL to work in this process.',
    transient: true,
    cause,
  })
}

function headersOf(token: string | null): Record<string, string> {
  return {
    accept: 'application/json',
    'user-agent': 'devpilot-cli',
    ...(token === null ? {} : { authorization: `Bearer ${token}` }),
  }
}

const problemSchema = z.object({
  code: z.string(),
  detail: z.string(),
  mend: z.string().optional(),
  place: z.string().optional(),
})

/** A server that was found by its port alone is likely of another folder than the one whose token it was given. */
function notTaken(base: string): AppError {
  const { DEVPILOT_URL, DEVPILOT_TOKEN, DEVPILOT_HOME } = env()
  if (DEVPILOT_URL || DEVPILOT_TOKEN)
    return new AppError('unauthorized', `${base} does not take this token.`, {
      place: 'DEVPILOT_TOKEN',
      mend: 'Set DEVPILOT_TOKEN, or DEVPILOT_HOME to the folder that the server runs on.',
    })
  return new AppError(
    'unauthorized',
    `The server at ${base} does not take the token of ${DEVPILOT_HOME}: it is likely another folder’s.`,
    {
      place: 'DEVPILOT_HOME',
      mend: 'Set DEVPILOT_HOME to the folder that it runs on (or DEVPILOT_TOKEN to its token); to leave it alone, set DEVPILOT_PORT to a free port.',
    },
  )
}

/** A problem document as the error that it came from; anything else by its status. */
export function problem(status: number, text: string, base: string): AppError {
  const parsed = problemSchema.safeParse(parseJson(text))
  if (status === 401) return notTaken(base)
  if (!parsed.success)
    return new AppError('internal', `${base} answered with status ${status}, and not as DevPilot does.`, {
      mend: 'See that DEVPILOT_URL names a DevPilot server, and what stands in its log.',
    })
  const { code, detail, mend, place } = parsed.data
  const known = isErrorCode(code) ? code : 'internal'
  return new AppError(known, detail, { ...(mend ? { mend } : {}), ...(place ? { place } : {}) })
}

function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(errorStatus, code)
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    // The caller says what is wrong, with the address: an answer that is no JSON is no answer of ours.
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

/** A list becomes the same name several times, which is how routes read one. */
function queryOf(values: object): string {
  const query = new URLSearchParams()
  for (const [key, value] of Object.entries(values)) {
    for (const item of Array.isArray(value) ? value : [value]) {
      if (item !== undefined && item !== '') query.append(key, String(item))
    }
  }
  const text = query.toString()
  return text ? `?${text}` : ''
}
