'use client'

import {
  Ban,
  Coins,
  Columns2,
  Ellipsis,
  FileJson,
  GitFork,
  History,
  type LucideIcon,
  RotateCcw,
  SkipForward,
  Undo2,
} from 'lucide-react'
import { useRouter } from 'next/navigation'
import { useState } from 'react'
import { Button } from '@/components/ui/button'
import { Link } from '@/components/ui/link'
import { Menu, MenuItem, MenuLine } from '@/components/ui/menu'
import type { RequeueAction } from '../requeue'
import { type ForkAction, ForkDialog } from './fork'
import { RequeueDialog } from './requeue-dialog'
import { type RunFacts, type SignalAction, SignalDialog } from './signal'
import { type Kind, offered, signalWords } from './signal-words'

interface RunMenuProps extends RunFacts {
  /** DevPilot drives it; others were only reported here. */
  readonly ours: boolean
  /** It was given up. */
  readonly dead: boolean
  /** Who looks may do something to it; others may look at all of it. */
  readonly maySteer: boolean
  readonly signal: SignalAction
  readonly fork: ForkAction
  readonly requeue: RequeueAction
}

const icons: Readonly<Record<Kind, LucideIcon>> = {
  cancel: Ban,
  retry: RotateCcw,
  skip: SkipForward,
  resume: Coins,
}
type Opened = Kind | 'fork' | 'requeue' | null

/** All that can be done with a run, each with a question before it that says what will happen. */
export function RunMenu(props: RunMenuProps) {
  const { runId, status, step, ours, maySteer, signal, fork, requeue } = props
  const router = useRouter()
  const [opened, setOpened] = useState<Opened>(null)
  const close = () => setOpened(null)
  const dead = maySteer && props.dead
  const kinds = ours && maySteer ? offered(status, step) : []
  // Whatever the run does meanwhile: a question that vanishes or comes back by itself would be answered by mistake.
  const kind = opened === 'fork' || opened === 'requeue' ? null : opened
  return (
    <>
      <Menu
        trigger={
          <Button aria-label="Actions">
            <Ellipsis aria-hidden className="size-4" />
            Actions
          </Button>
        }
      >
        {dead && (
          <MenuItem icon={Undo2} onSelect={() => setOpened('requeue')}>
            Put back
          </MenuItem>
        )}
        {kinds.map((name) => (
          <MenuItem
            key={name}
            icon={icons[name]}
            look={name === 'cancel' ? 'danger' : 'plain'}
            onSelect={() => setOpened(name)}
          >
            {signalWords[name].item}
          </MenuItem>
        ))}
        {(dead || kinds.length > 0) && <MenuLine />}
        {ours && maySteer && (
          <MenuItem icon={GitFork} onSelect={() => setOpened('fork')}>
            Fork from the beginning
          </MenuItem>
        )}
        {ours && (
          <MenuItem icon={History} onSelect={() => router.push(`/runs/${runId}?tab=replay`)}>
            Replay
          </MenuItem>
        )}
        <MenuItem icon={Columns2} onSelect={() => router.push(`/runs/${runId}/compare`)}>
          Compare
        </MenuItem>
        <MenuLine />
        <MenuItem asChild>
          <Link href={`/api/runs/${runId}`} target="_blank">
            <FileJson aria-hidden className="size-4 shrink-0 text-muted" />
            Open as JSON
          </Link>
        </MenuItem>
      </Menu>
      <SignalDialog {...props} kind={kind} signal={signal} onClose={close} />
      <ForkDialog open={opened === 'fork'} onClose={close} place="the beginning" run={runId} fork={fork} />
      <RequeueDialog run={runId} open={opened === 'requeue'} requeue={requeue} onClose={close} />
    </>
  )
}
