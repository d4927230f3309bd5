import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Config } from '@/lib/core/config'
import { type ProviderName, providerNames } from '@/lib/core/names'
import { type Env, env } from '@/lib/env'
import { packageRoot } from '@/lib/root'
import { codeOf } from '@/lib/workspace/project/reader'
import { modelFor } from './models'
import { providerVariables } from './provider-variables'

/** Who could answer a run's calls here. */
export interface ProviderHere {
  readonly provider: ProviderName
  readonly ready: boolean
  /** The variable that it wants, where it is not set. */
  readonly missing: string | null
}

/** Providers by whether this process has what they want; names of variables, never their values. */
export function providersHere(values: Env = env()): ProviderHere[] {
  return providerNames.flatMap((provider) => {
    if (provider === 'recorded') return []
    const name = providerVariables[provider].needed
    const ready = Boolean(values[name])
    return [{ provider, ready, missing: ready ? null : name }]
  })
}

/** A recorded run that can be replayed without a key. */
export interface RecordingHere {
  readonly path: string
  readonly name: string
}

const MOST = 100

/** Recordings that a run started over the network may replay; see lib/services/runs/recordings.ts. */
export async function recordingsHere(home: string): Promise<RecordingHere[]> {
  const folders = [join(packageRoot(), 'samples', 'recordings'), join(home, 'recordings')]
  const found = await Promise.all(folders.map(recordingsIn))
  return found.flat().slice(0, MOST)
}

async function recordingsIn(folder: string): Promise<RecordingHere[]> {
  try {
    const names = (await readdir(folder)).filter((name) => name.endsWith('.jsonl')).sort()
    return names.map((name) => ({ path: join(folder, name), name: name.replace(/\.jsonl$/, '') }))
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return []
    throw error
  }
}

/** The model that does most of a run's work under a configuration. @throws AppError('bad_config') */
export async function coderModel(config: Config): Promise<string> {
  const { provider, name } = await modelFor('coder', { config, overrides: {}, roots: [] })
  return `${provider}: ${name}`
}
