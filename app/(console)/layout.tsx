import type { ReactNode } from 'react'
import { AwayPage } from '@/components/shell/away-page'
import { Shell } from '@/components/shell/shell'
import { engineTrouble, orAway } from '@/lib/edge/away'
import { requirePage } from '@/lib/edge/page'
import { getStats } from '@/lib/services/stats/get'
import { searchAction, signOutAction, startRunAction } from './actions'

export default async function ConsoleLayout({ children }: { readonly children: ReactNode }) {
  // Who is signed in is told by the database, too.
  const asked = await orAway(
    requirePage('read').then(async (ctx) => ({ ctx, stats: await getStats({ ctx }) })),
  )
  if ('away' in asked) return <AwayPage {...asked.away} />
  const { ctx, stats } = asked.value
  const trouble = await engineTrouble()
  return (
    <Shell
      trouble={trouble}
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
