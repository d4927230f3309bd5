'use server'

import { redirect } from 'next/navigation'
import { z } from 'zod'
import type { Found } from '@/components/shell/console-types'
import { signOut } from '@/lib/auth/session'
import { runStatuses } from '@/lib/core/status'
import { action } from '@/lib/edge/action'
import { listGates } from '@/lib/services/gates/list'
import { listRepositories } from '@/lib/services/repositories/list'
import { listRuns } from '@/lib/services/runs/list'
import { requeueRuns } from '@/lib/services/runs/requeue'

/** What the command palette finds: gates that wait and runs by the words of their title, repositories by their name. */
export const searchAction = action('read', z.object({ q: z.string().max(200) }), async (ctx, { q }) => {
  const wanted = q.trim() === '' ? {} : { q: q.trim() }
  const [runs, gates, repositories] = await Promise.all([
    listRuns({ ctx, input: { limit: 8, ...wanted } }),
    listGates({ ctx, input: { limit: 5, ...wanted } }),
    listRepositories({ ctx, input: { limit: 5, ...wanted } }),
  ])
  const found = gates.items.map(
    (gate): Found => ({
      href: `/gates/${gate.id}`,
      label: `Decide: ${gate.runTitle}`,
      hint: gate.leadsTo,
      kind: 'gate',
    }),
  )
  const rows = runs.items.map(
    (run): Found => ({
      href: `/runs/${run.id}`,
      label: run.title,
      hint: runStatuses[run.status].label,
      kind: 'run',
    }),
  )
  const places = repositories.items.map(
    ({ id, name, forge }): Found => ({
      href: `/repositories/${id}`,
      label: name,
      hint: forge,
      kind: 'repository',
    }),
  )
  return [...found, ...rows, ...places]
})

const requeued = z.object({ runs: z.array(z.uuid()).optional(), reason: z.string() })

/** Puts back what was given up, all of it or those named. */
export const requeueAction = action('trigger', requeued, async (ctx, { runs, reason }) => {
  const why = reason.trim() === '' ? {} : { reason: reason.trim() }
  return requeueRuns({ ctx, input: { ...(runs ? { runs } : {}), ...why } })
})

export async function signOutAction(): Promise<void> {
  await signOut()
  redirect('/sign-in')
}
