import { existsSync, statSync } from 'node:fs'
import { resolve } from 'node:path'
import { AppError } from '@/lib/errors'
import type { GateSummary, RunSummary } from '@/lib/services/views'
import { inspectRepository } from '@/lib/workspace/git/inspect'
import type { Api } from './api'

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i
const SEARCHED = 200

/** The end of an id, as lists show it: the beginnings of ids made together are alike. */
export function shortId(id: string): string {
  return id.slice(-8)
}

/**
 * A run by its id, the end of its id, or `last`.
 * @throws AppError('not_found' | 'bad_request')
 */
export async function resolveRun(api: Api, text: string): Promise<string> {
  if (uuid.test(text)) return text.toLowerCase()
  const { items } = await api.listRuns({ limit: SEARCHED })
  return resolveAmong(items, text)
}

/** As `resolveRun`, among these runs. */
export function resolveAmong(items: readonly RunSummary[], text: string): string {
  if (uuid.test(text)) return text.toLowerCase()
  const found =
    text === 'last'
      ? items.slice(0, 1)
      : items.filter((run: RunSummary) => run.id.endsWith(text.toLowerCase()))
  const first = found[0]
  if (first && found.length === 1) return first.id
  if (first)
    throw new AppError('bad_request', `Several runs end in "${text}".`, { mend: 'Give the whole id.' })
  throw new AppError('not_found', `There is no run "${text}".`, { mend: '`devpilot runs` lists them.' })
}

/** As `resolveGate`, or a closed one by the end of its id. */
export async function resolveAnyGate(api: Api, text: string | undefined): Promise<string> {
  return resolveGate(api, text).catch(async (error: unknown) => {
    if (text === undefined || !(error instanceof AppError && error.code === 'not_found')) throw error
    const { items } = await api.listGates({ limit: SEARCHED, status: 'closed' })
    const found = items.filter(({ id }) => id.endsWith(text.toLowerCase()))
    const first = found[0]
    if (first && found.length === 1) return first.id
    throw error
  })
}

/**
 * A waiting gate by its id, the end of its id, or its name where one of that name waits; without any the only one.
 * @throws AppError('not_found' | 'bad_request')
 */
export async function resolveGate(api: Api, text: string | undefined): Promise<string> {
  if (text !== undefined && uuid.test(text)) return text.toLowerCase()
  const { items } = await api.listGates({ limit: SEARCHED })
  const found =
    text === undefined
      ? items
      : items.filter((gate) => gate.name === text || gate.id.endsWith(text.toLowerCase()))
  const first = found[0]
  if (first && found.length === 1) return first.id
  if (first) {
    throw new AppError(
      'bad_request',
      `${found.length} gates wait${text ? ` under "${text}"` : ''}:\n${listed(found)}`,
      {
        mend: 'Name one by its id: --id <gate>.',
      },
    )
  }
  const what = text === undefined ? 'No gate waits for a decision.' : `No gate "${text}" waits.`
  throw new AppError('not_found', what, {
    mend: '`devpilot gate list` shows those that wait, `devpilot gate list --closed` the others.',
  })
}

function listed(gates: readonly GateSummary[]): string {
  return gates
    .slice(0, 10)
    .map((gate) => `  ${gate.id}  ${gate.name}  ${gate.runTitle}`)
    .join('\n')
}

/**
 * What --repo names: the top of the checkout for a path (any folder in it), else the text itself (URL, owner/name).
 * @throws AppError('repository_unusable') with the mend when a path is no repository
 */
export async function resolveRepository(text: string): Promise<string> {
  if (!isPath(text)) return text
  return (await inspectRepository(resolve(text))).root
}

function isPath(text: string): boolean {
  if (/^(\.{0,2}[/\\]|\.{1,2}$|~)/.test(text)) return true
  if (text.includes('://') || /^[\w.-]+@[\w.-]+:/.test(text)) return false
  const folder = existsSync(text) && statSync(text).isDirectory()
  return folder || !/^[\w-]+\/[\w.-]+$/.test(text)
}
