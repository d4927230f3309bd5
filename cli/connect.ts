import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { databaseServer, env } from '@/lib/env'
import { AppError } from '@/lib/errors'
import type { Api } from './api'
import { httpApi, unreachable } from './http-api'
import type { Io } from './io'
import { sendSpooled } from './spool'

const PROBE_MS = 1_500

/**
 * Who answers: the server of DEVPILOT_URL, else one on loopback, else this process (said on stderr). Logs that could
 * not be posted before are sent now.
 * @throws AppError when DEVPILOT_URL names a server that does not answer
 */
async function connect(io: Io): Promise<Api> {
  const base = await serverUrl()
  const api = base === null ? await here(io) : httpApi(base, await tokenOf())
  await sendSpooled(api, env().DEVPILOT_HOME, io)
  return api
}

/** A server, when one answers; a named one that does not is as good as none here. */
export async function serverApi(): Promise<Api | null> {
  try {
    const base = await serverUrl()
    return base === null ? null : httpApi(base, await tokenOf())
  } catch (error) {
    if (error instanceof AppError && error.transient) return null
    throw error
  }
}

/** Runs a command's work with an Api, and closes it whatever happens. */
export async function withApi<T>(io: Io, work: (api: Api) => Promise<T>): Promise<T> {
  const api = await connect(io)
  try {
    return await work(api)
  } finally {
    await api.close()
  }
}

async function here(io: Io): Promise<Api> {
  const { DEVPILOT_HOME, DEVPILOT_PORT } = env()
  const server = databaseServer(env())
  const where = server ? `the database of ${server.variable}` : DEVPILOT_HOME
  io.note(
    io.paintNote(
      'dim',
      `No server answers on 127.0.0.1:${DEVPILOT_PORT}: working in this process, on ${where}.`,
    ),
  )
  const { localApi } = await import('./local-api')
  return localApi()
}

/** Base URL without a slash at the end; null where no server answers on loopback and none is named. */
export async function serverUrl(): Promise<string | null> {
  const { DEVPILOT_URL, DEVPILOT_PORT } = env()
  if (DEVPILOT_URL) {
    const base = DEVPILOT_URL.replace(/\/+$/, '')
    const answer = await answers(base)
    if (answer instanceof Error) throw unreachable(base, answer)
    return base
  }
  const base = `http://127.0.0.1:${DEVPILOT_PORT}`
  return (await answers(base)) === true ? base : null
}

const healthSchema = z.object({ status: z.literal('ok') })

/** Whether DevPilot answers there. Asked without the token: whoever else has the port does not get it. */
async function answers(base: string): Promise<true | Error> {
  try {
    const response = await fetch(`${base}/api/health`, {
      signal: AbortSignal.timeout(PROBE_MS),
      redirect: 'error',
    })
    const parsed = response.ok ? healthSchema.safeParse(await response.json()) : null
    return parsed?.success ? true : new Error(`${base} is no DevPilot.`)
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error))
  }
}

/** DEVPILOT_TOKEN, else the token of this installation; null when there is neither. */
async function tokenOf(): Promise<string | null> {
  const { DEVPILOT_TOKEN, DEVPILOT_HOME } = env()
  if (DEVPILOT_TOKEN) return DEVPILOT_TOKEN
  try {
    return (await readFile(join(DEVPILOT_HOME, 'token'), 'utf8')).trim() || null
  } catch (error) {
    // Without a token the server says that a sign-in is needed, which is what the user has to know.
    if (error instanceof Error && 'code' in error) return null
    throw error
  }
}
