import { Dialog } from '@/components/ui/dialog'
import { Kbd } from '@/components/ui/kbd'
import { navItems } from './nav'

const keys: readonly (readonly [readonly string[], string])[] = [
  [['⌘', 'K'], 'Search and commands'],
  [['n'], 'New run'],
  [['?'], 'This help'],
  ...navItems.map((item) => [['g', item.key], `Go to ${item.label}`] as const),
  [['A'], 'At a gate: approve, with a confirmation'],
  [['R'], 'At a gate: reject, with a confirmation'],
  [['Esc'], 'Close what is open'],
]

interface HelpDialogProps {
  readonly open: boolean
  readonly onClose: () => void
}

export function HelpDialog({ open, onClose }: HelpDialogProps) {
  return (
    <Dialog open={open} onClose={onClose} title="Keys">
      <div className="overflow-y-auto px-5 pt-3 pb-5">
        <dl className="divide-y text-sm">
          {keys.map(([combination, what]) => (
            <div key={what} className="flex items-center justify-between gap-4 py-2">
              <dt>{what}</dt>
              <dd className="flex gap-1">
                {combination.map((key) => (
                  <Kbd key={key}>{key}</Kbd>
                ))}
              </dd>
            </div>
          ))}
        </dl>
        <p className="mt-4 text-sm text-muted">
          The same from a terminal: <code className="code">npx tsx cli/devpilot.ts --help</code>
        </p>
      </div>
    </Dialog>
  )
}
