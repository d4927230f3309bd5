import { Dialog } from '@/components/ui/dialog'
import { Kbd } from '@/components/ui/kbd'
import { useReader } from './console'
import { grouped, type Shortcut } from './shortcuts'
import { useSingleKeys } from './single-keys'
import { useMac } from './use-mac'
import { useAllShortcuts } from './use-shortcuts'

/** Beside the registered ones: what needs a second key held, and what a dialog does by itself. */
const others = (mac: boolean): readonly Shortcut[] => [
  { keys: [mac ? '⌘' : 'Ctrl', 'K'], label: 'Search and commands', group: 'Everywhere' },
  { keys: ['Esc'], label: 'Close what is open', group: 'Everywhere' },
]

interface HelpDialogProps {
  readonly open: boolean
  readonly onClose: () => void
}

export function HelpDialog({ open, onClose }: HelpDialogProps) {
  const [hold] = useSingleKeys()
  const groups = grouped([...useAllShortcuts(), ...others(useMac())])
  return (
    <Dialog open={open} onClose={onClose} title="Keys" className="w-[min(680px,calc(100vw-24px))]!">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
      <div className="overflow-y-auto px-5 pt-3 pb-5" tabIndex={0}>
        {!hold && (
          <p className="mb-3 text-sm">Single keys are turned off in this browser: Settings, Profile.</p>
        )}
        <div className="gap-x-8 sm:columns-2">
          {groups.map(([name, shortcuts]) => (
            <section key={name} className="mb-4 break-inside-avoid">
              <h3 className="mb-1 text-xs font-medium text-muted">{name}</h3>
              <dl className="divide-y text-sm">
                {shortcuts.map(({ keys, label }) => (
                  <div key={label} className="flex min-h-8 items-center justify-between gap-4 py-1">
                    <dt>{label}</dt>
                    <dd className="flex shrink-0 gap-1">
                      {keys.map((key) => (
                        <Kbd key={key}>{key}</Kbd>
                      ))}
                    </dd>
                  </div>
                ))}
              </dl>
            </section>
          ))}
        </div>
        <p className="mt-3 text-sm text-muted">
          The same from a terminal: <code className="code">{useReader().program} --help</code>
        </p>
      </div>
    </Dialog>
  )
}
