import { type Client, WorkflowNotFoundError } from '@temporalio/client'
import { type Held, type View, workflowId } from './contract'
import type { TemporalStore } from './store'

const BATCH = 500
const AT_ONCE = 8
const DEADLINE_MS = 5_000

/**
 * Looks at every job that Temporal has: one without a running workflow becomes ready again, and a workflow that
 * waits while its job says that it has it is asked to look again. Both are harmless to a run that goes its way.
 * @returns the runs that were mended
 * @throws what a Temporal that does not answer throws: then nothing is known, and nothing changed
 */
export async function mendLeases(store: TemporalStore, client: Client): Promise<readonly string[]> {
  const mended: string[] = []
  let after: string | null = null
  do {
    const page: readonly Held[] = await store.leased({ limit: BATCH, after })
    const left = [...page]
    const work = async (): Promise<void> => {
      for (let held = left.shift(); held; held = left.shift()) {
        if (await mend(store, client, held)) mended.push(held.runId)
      }
    }
    await Promise.all(Array.from({ length: AT_ONCE }, work))
    after = page.length < BATCH ? null : (page.at(-1)?.jobId ?? null)
  } while (after !== null)
  return mended
}

async function mend(store: TemporalStore, client: Client, held: Held): Promise<boolean> {
  const handle = client.workflow.getHandle(workflowId(held.runId))
  const within = <T>(call: () => Promise<T>) => client.withDeadline(Date.now() + DEADLINE_MS, call)
  const running = await within(() => handle.describe()).then(
    ({ status }) => status.name === 'RUNNING',
    (error: unknown) => (error instanceof WorkflowNotFoundError ? false : Promise.reject(error)),
  )
  if (!running) return store.reopen(held, 'no workflow drives it')
  try {
    const { doing } = await within(() => handle.query<View>('state'))
    if (doing === 'driving') return false
    const now = await within(() => handle.executeUpdate<View, []>('nudge'))
    return now.doing === 'driving'
  } catch {
    // No worker answers: the workflow has the run durably, and goes on when there is one.
    return false
  }
}
