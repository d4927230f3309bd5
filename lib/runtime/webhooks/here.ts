import { configFile } from '@/lib/core/names'
import type { Runtime } from '@/lib/runtime'
import { recentBaseOpener } from '../base'
import { handleWebhooks } from './handle'
import { personFinder } from './person'

/** Works on the webhooks that wait, with the mirrors of this machine. @returns how many were settled */
export function handleWebhooksHere(runtime: Runtime, signal?: AbortSignal): Promise<number> {
  const { database, home } = runtime
  // Deliveries come in bursts: what a base branch says is not asked for each of them.
  const open = recentBaseOpener(home)
  return handleWebhooks({
    db: database.db,
    home,
    findPerson: personFinder(database.as({ role: 'auth' })),
    readConfig: async (repository) => (await open(repository)).read(configFile),
    random: Math.random,
    wake: () => runtime.wake(),
    signal,
  })
}
