import type { z } from 'zod'
import { type LogPage, type LogPlaces, logPageSchema, logPlacesSchema } from '@/lib/services/views/log'

/** Which lines are shown: those of all kinds, levels and steps where nothing is named. */
export interface LogFilter {
  readonly kind: string
  readonly level: string
  readonly step: string
}
export const noFilter: LogFilter = { kind: '', level: '', step: '' }

/** What the server was asked for and did not give. `gone`: there is no such run (any more). */
export class LogError extends Error {
  readonly gone: boolean
  constructor(message: string, gone: boolean) {
    super(message)
    this.gone = gone
  }
}

type Query = Readonly<Record<string, string | number | undefined>>

export interface AskLog {
  readonly page: (query: Query, signal?: AbortSignal) => Promise<LogPage>
  readonly places: (query: Query, signal?: AbortSignal) => Promise<LogPlaces>
}

/** The routes of a run's log. */
export function logRoutes(run: string): AskLog {
  const base = `/api/runs/${run}/log`
  return {
    page: (query, signal) => ask(base, query, logPageSchema, signal),
    places: (query, signal) => ask(`${base}/places`, query, logPlacesSchema, signal),
  }
}

/** The address of a log's download. */
export function logTextHref(run: string, query: Query): string {
  return `/api/runs/${run}/log/text${searchOf(query)}`
}

async function ask<S extends z.ZodType>(
  path: string,
  query: Query,
  schema: S,
  signal?: AbortSignal,
): Promise<z.output<S>> {
  const response = await fetch(path + searchOf(query), signal ? { signal } : {}).catch((error: unknown) => {
    if (signal?.aborted) throw error
    throw new LogError('The server did not answer.', false)
  })
  if (!response.ok) {
    const words = response.status === 404 ? 'This run is gone.' : 'The log could not be read.'
    throw new LogError(words, response.status === 404)
  }
  return schema.parse(await response.json())
}

function searchOf(query: Query): string {
  const params = new URLSearchParams()
  for (const [name, value] of Object.entries(query))
    if (value !== undefined && value !== '') params.set(name, String(value))
  return params.size > 0 ? `?${params}` : ''
}
