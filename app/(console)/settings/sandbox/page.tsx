import { Check, X } from 'lucide-react'
import type { Metadata } from 'next'
import { OnOff } from '@/components/settings/variables'
import { Problem, Section } from '@/components/ui/panel'
import { visible } from '@/lib/core/visible'
import { requirePage } from '@/lib/edge/page'
import { sandboxState } from '@/lib/runtime/installation'

export const metadata: Metadata = { title: 'Sandbox' }

const parts = {
  filesystem: 'files',
  network: 'network',
  processes: 'processes',
  memory: 'memory',
  user: 'user',
} as const

export default async function SandboxPage() {
  await requirePage('read')
  const { inForce, reports } = await sandboxState()
  return (
    <Section title="Sandbox">
      <p className="mb-3 max-w-prose text-sm text-muted">
        Commands and tests of a run see its workspace and nothing else of the machine. What each sandbox keeps
        apart was tried out on this machine, not assumed. Workers elsewhere have a sandbox of their own.
      </p>
      {inForce === null && (
        <div className="mb-3">
          <Problem
            message="No sandbox works on this machine: commands and tests are refused here."
            mend="Install bubblewrap (apt install bubblewrap), podman or docker, then start the server again."
          />
        </div>
      )}
      <ul aria-label="Sandboxes" className="divide-y overflow-clip rounded-lg border bg-surface">
        {reports.map((report) => (
          <li key={report.name} className="space-y-2 px-3 py-3 text-sm">
            <p className="flex flex-wrap items-center gap-2">
              <span className="font-medium">{report.name}</span>
              <OnOff
                on={report.name === inForce}
                yes="in force"
                no={report.works ? 'works, not needed' : 'does not work'}
              />
            </p>
            <p className="text-muted">{visible(report.detail)}</p>
            {report.works && (
              <ul className="flex flex-wrap gap-x-4 gap-y-1 text-xs">
                {Object.entries(parts).map(([name, label]) => {
                  const kept = report.isolates[name as keyof typeof parts]
                  const Icon = kept ? Check : X
                  return (
                    <li key={name} className="flex items-center gap-1">
                      <Icon aria-hidden className={kept ? 'size-3.5 text-green' : 'size-3.5 text-red'} />
                      {label} {kept ? 'kept apart' : 'shared'}
                    </li>
                  )
                })}
              </ul>
            )}
          </li>
        ))}
      </ul>
    </Section>
  )
}
