import { clsx } from 'clsx'
import {
  Ban,
  CircleCheck,
  CircleDashed,
  CircleSlash,
  CircleX,
  Clock,
  Coins,
  Hand,
  Hourglass,
  LoaderCircle,
  type LucideIcon,
  SkipForward,
  TimerOff,
} from 'lucide-react'
import type { BeadStatus, RunStatus } from '@/lib/core/status'
import { runStatuses } from '@/lib/core/status'
import type { DeliveryStatus } from '@/lib/core/webhook'
import type { BeadView, GateSummary } from '@/lib/services/views'

/** Class names are whole words, so that Tailwind finds them. */
const toneClass = {
  grey: 'tone-grey',
  blue: 'tone-blue',
  amber: 'tone-amber',
  violet: 'tone-violet',
  orange: 'tone-orange',
  green: 'tone-green',
  red: 'tone-red',
  'red-outline': 'tone-red',
} as const
type Tone = keyof typeof toneClass

const runIcons: Readonly<Record<RunStatus, LucideIcon>> = {
  queued: Clock,
  running: LoaderCircle,
  waiting_gate: Hand,
  waiting_external: Hourglass,
  paused_budget: Coins,
  succeeded: CircleCheck,
  failed: CircleX,
  rejected: Ban,
  aborted: CircleSlash,
  cancelled: CircleSlash,
}

interface ChipProps {
  readonly tone: Tone
  readonly icon: LucideIcon
  readonly label: string
  readonly spinning?: boolean
  /** Only icon and colour are drawn; the word stays for screen readers and on hover. */
  readonly bare?: boolean
}

/** A status: colour, icon and word, always all three. */
function Chip({ tone, icon: Icon, label, spinning = false, bare = false }: ChipProps) {
  const icon = <Icon aria-hidden className={clsx('size-3.5 shrink-0', spinning && 'spin')} />
  if (bare) {
    return (
      <span className={clsx('inline-flex align-middle', toneClass[tone])} title={label}>
        {icon}
        <span className="sr-only">{label}</span>
      </span>
    )
  }
  return (
    <span
      className={clsx(
        'inline-flex h-5.5 items-center gap-1.5 rounded-full px-2 align-middle text-xs font-medium whitespace-nowrap',
        toneClass[tone],
        tone === 'red-outline' ? 'border border-current' : 'tint',
      )}
    >
      {icon}
      {label}
    </span>
  )
}

export function RunStatusChip({ status, bare }: { readonly status: RunStatus; readonly bare?: boolean }) {
  const { label, tone } = runStatuses[status]
  const spinning = status === 'running'
  return <Chip tone={tone} icon={runIcons[status]} label={label} spinning={spinning} bare={bare ?? false} />
}

const beadLook: Readonly<Record<BeadStatus, { label: string; tone: Tone; icon: LucideIcon }>> = {
  pending: { label: 'Pending', tone: 'grey', icon: CircleDashed },
  running: { label: 'Running', tone: 'blue', icon: LoaderCircle },
  completed: { label: 'Completed', tone: 'green', icon: CircleCheck },
  failed: { label: 'Failed', tone: 'red', icon: CircleX },
  skipped: { label: 'Skipped', tone: 'grey', icon: SkipForward },
}

/** A gate that stands open: nothing of it runs. */
const openGate = { label: 'Waiting', tone: 'amber', icon: Hand } as const

interface BeadStatusChipProps {
  readonly status: BeadStatus
  readonly category?: BeadView['category']
  readonly bare?: boolean
}

export function BeadStatusChip({ status, category, bare = false }: BeadStatusChipProps) {
  if (status === 'running' && category === 'gate') return <Chip {...openGate} bare={bare} />
  return <Chip {...beadLook[status]} spinning={status === 'running'} bare={bare} />
}

const gateLook: Readonly<Record<GateSummary['status'], { label: string; tone: Tone; icon: LucideIcon }>> = {
  waiting: { label: 'Waiting for people', tone: 'amber', icon: Hand },
  approved: { label: 'Approved', tone: 'green', icon: CircleCheck },
  rejected: { label: 'Rejected', tone: 'red-outline', icon: Ban },
  lapsed: { label: 'Lapsed', tone: 'grey', icon: TimerOff },
  void: { label: 'Void', tone: 'grey', icon: CircleSlash },
}

interface GateStatusChipProps {
  readonly status: GateSummary['status']
  /** It lapsed, and its rule approves then. */
  readonly byRule?: boolean
}

export function GateStatusChip({ status, byRule = false }: GateStatusChipProps) {
  return <Chip {...gateLook[byRule ? 'approved' : status]} />
}

export const deliveryLook: Readonly<Record<DeliveryStatus, { label: string; tone: Tone; icon: LucideIcon }>> =
  {
    waiting: { label: 'Waiting', tone: 'amber', icon: Hourglass },
    handled: { label: 'Handled', tone: 'green', icon: CircleCheck },
    ignored: { label: 'Ignored', tone: 'grey', icon: CircleSlash },
    failed: { label: 'Failed', tone: 'red', icon: CircleX },
  }

export function DeliveryStatusChip({ status }: { readonly status: DeliveryStatus }) {
  return <Chip {...deliveryLook[status]} />
}
