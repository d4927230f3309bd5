import { redirect } from 'next/navigation'
import { requirePage } from '@/lib/edge/page'

/** The first tab. */
export default async function SettingsPage() {
  await requirePage('read')
  redirect('/settings/profile')
}
