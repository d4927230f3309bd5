import type { ReactNode } from 'react'
import { Shell } from '@/components/shell/shell'
import { requirePage } from '@/lib/edge/page'
import { getStats } from '@/lib/services/stats/get'
import { searchAction, signOutAction, startRunAction } from './actions'

export default async function ConsoleLayout({ children }: { readonly children: ReactNode }) {
  const ctx = await requirePage('read')
  const stats = await getStats({ ctx })
  return (
    <Shell
      who={ctx.actor.name}
      gatesWaiting={stats.gatesWaiting}
      search={searchAction}
      startRun={startRunAction}
      signOut={signOutAction}
    >
      {children}
    </Shell>
  )
}
