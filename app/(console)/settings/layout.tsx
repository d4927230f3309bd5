import type { ReactNode } from 'react'
import { SettingsBar, SettingsTabs } from '@/components/settings/tabs'
import { PageBody } from '@/components/shell/top-bar'
import { requirePage } from '@/lib/edge/page'

export default async function SettingsLayout({ children }: { readonly children: ReactNode }) {
  const ctx = await requirePage('read')
  return (
    <>
      <SettingsBar />
      <PageBody>
        <h1 className="sr-only">Settings</h1>
        <div className="gap-8 lg:grid lg:grid-cols-[11rem_minmax(0,1fr)]">
          {/* More of them follow at the right of a narrow screen: they fade out there. */}
          <div className="lg:contents max-lg:mask-r-from-[calc(100%-3rem)] max-lg:[&_ul]:pr-12">
            <SettingsTabs admin={ctx.grants.includes('admin')} />
          </div>
          <div className="mt-5 max-w-4xl min-w-0 space-y-8 lg:mt-0">{children}</div>
        </div>
      </PageBody>
    </>
  )
}
