import { configFile } from '@/lib/core/names'
import type { Runtime } from '@/lib/runtime'
import type { BaseFiles } from '@/lib/services/repositories/base'
import { recentBaseOpener } from '../base'
import { handleWebhooks } from './handle'
import { personFinder } from './person'

const texts = new WeakMap<BaseFiles, Promise<string | null>>()

/** The text of a tip's devpilot.yaml, read once for as long as that tip is kept: each reading starts git. */
function configOf(base: BaseFiles): Promise<string | null> {
  const known = texts.get(base)
  if (known) return known
  const text = base.read(configFile)
  texts.set(base, text)
  text.catch(() => texts.delete(base))
  return text
}

/** Works on the webhooks that wait, with the mirrors of this machine. @returns how many were settled */
export function handleWebhooksHere(runtime: Runtime, signal?: AbortSignal): Promise<number> {
  const { database, home } = runtime
  // Deliveries come in bursts: what a base branch says is not asked for each of them.
  const open = recentBaseOpener(home)
  return handleWebhooks({
    db: database.db,
    home,
    findPerson: personFinder(database.as({ role: 'auth' })),
    readConfig: async (repository) => configOf(await open(repository, signal)),
    random: Math.random,
    wake: () => runtime.wake(),
    signal,
  })
}
