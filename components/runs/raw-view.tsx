import { Download } from 'lucide-react'
import { buttonClass } from '@/components/ui/button'
import { Pre } from '@/components/ui/panel'
import { visible } from '@/lib/core/visible'
import type { RunView } from '@/lib/services/views'

/** Of each part that is longer, so much is shown. */
const SHOWN = 20_000

/** The run as the API gives it, part by part; the whole of it is a file. */
export function RawView({ run }: { readonly run: RunView }) {
  const { beads, evidence, reviews, gates, effects, diff, ...rest } = run
  const parts = { run: rest, beads, evidence, reviews, gates, effects, diff }
  return (
    <div className="space-y-3">
      <p className="flex flex-wrap items-center gap-3 text-sm text-muted">
        What <code className="code text-ink">GET /api/runs/{run.id}</code> gives.
        <a href={`/api/runs/${run.id}`} download={`run-${run.id}.json`} className={buttonClass('plain')}>
          <Download aria-hidden className="size-3.5" />
          Download all of it
        </a>
      </p>
      {Object.entries(parts).map(([name, value]) => (
        <Part key={name} name={name} text={JSON.stringify(value, null, 2)} open={name === 'run'} />
      ))}
    </div>
  )
}

function Part({
  name,
  text,
  open,
}: {
  readonly name: string
  readonly text: string
  readonly open: boolean
}) {
  const cut = text.length > SHOWN
  return (
    <details open={open} className="rounded-lg border bg-surface">
      <summary className="flex items-center gap-2 px-3 py-2 text-sm hover:bg-raised">
        <span className="code font-medium">{name}</span>
        <span className="text-xs text-muted">{text.length.toLocaleString('en')} characters</span>
      </summary>
      <div className="px-3 pb-3">
        <Pre text={visible(text.slice(0, SHOWN))} />
        {cut && (
          <p className="mt-1 text-xs text-muted">
            The first {SHOWN.toLocaleString('en')} of them; the file has all.
          </p>
        )}
      </div>
    </details>
  )
}
