import type { ReactNode } from 'react'
import { AwayPage } from '@/components/shell/away-page'
import { Shell } from '@/components/shell/shell'
import { orAway } from '@/lib/edge/away'
import { requirePage } from '@/lib/edge/page'
import { searchAction, signOutAction } from './actions'
import { frameOf } from './frame'

export default async function ConsoleLayout({ children }: { readonly children: ReactNode }) {
  // Who is signed in is told by the database, too.
  const asked = await orAway(requirePage('read').then(frameOf))
  if ('away' in asked) return <AwayPage {...asked.away} />
  return (
    <Shell frame={asked.value} search={searchAction} signOut={signOutAction}>
      {children}
    </Shell>
  )
}
