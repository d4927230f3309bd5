'use client'

import { clsx } from 'clsx'
import { ChevronDown, ChevronUp, Radio } from 'lucide-react'
import { useCallback, useEffect, useMemo, useRef, useState } from 'react'
import { copyText } from '@/components/ui/copy-text'
import { Problem } from '@/components/ui/panel'
import type { LogPage } from '@/lib/services/views/log'
import { clampHeight, Grip, usual } from './grip'
import { LogList, type LogListHandle } from './log-list'
import { LogTools } from './log-tools'
import { useLog } from './use-log'
import { useLogUrl } from './use-log-url'
import { useSearch } from './use-search'
import { WholeLine } from './whole-line'

interface LogDockProps {
  readonly runId: string
  readonly initial: LogPage
  /** An ended run has no stream to follow. */
  readonly live: boolean
  readonly beads: readonly { readonly id: string; readonly step: string }[]
}

/** The log of a run at the foot of its page. What of it is shown and marked is in the address. */
export function LogDock({ runId, initial, live, beads }: LogDockProps) {
  const { place, go } = useLogUrl()
  const { store, connected } = useLog(runId, initial, live, place)
  const asked = place.line !== null || place.q !== '' || place.kind + place.level + place.step !== ''
  const [open, setOpen] = useOpen(live, asked)
  const [height, setHeight] = useHeight()
  const [whole, setWhole] = useState<number | null>(null)
  const list = useRef<LogListHandle>(null)
  const steps = useMemo(() => new Map(beads.map((bead) => [bead.id, bead.step])), [beads])
  const walk = useWalk(runId, place, list)
  const { line } = place
  // A line is brought into view when the address comes to name it, however it came to.
  useEffect(() => {
    if (line === null) return
    setOpen(true)
    list.current?.reveal(line)
  }, [line, setOpen])
  const mark = useCallback((n: number) => go({ line: n }, 'push'), [go])
  const copy = () => copyText(list.current?.text() ?? '')
  const unsure = open === null ? 'max-md:hidden' : undefined
  const Toggle = open !== false ? ChevronDown : ChevronUp
  return (
    <section
      aria-label="Live log"
      className="sticky bottom-(--bottom-bar) z-20 border-t border-line-strong bg-surface md:bottom-0 print:hidden"
    >
      {open !== false && (
        <div className={unsure}>
          <Grip height={height} onResize={setHeight} />
        </div>
      )}
      <button
        type="button"
        onClick={() => setOpen(open === false)}
        aria-expanded={open ?? true}
        className="flex h-9 w-full items-center gap-2 px-4 text-sm md:px-6"
      >
        <Radio aria-hidden className={clsx('size-4', connected ? 'text-green' : 'text-faint')} />
        <span className="font-medium">Log</span>
        <span className="text-xs text-muted">
          {live ? (connected ? 'live' : 'connecting') : 'the run has ended'}, {count(store.total)}
          {store.filtered && (store.looking ? ', looking' : `, ${count(store.map.count)} shown`)}
          {store.cut && ' of the first places'}
        </span>
        <Toggle aria-hidden className="ml-auto size-4 text-muted" />
      </button>
      {open !== false && (
        <div className={unsure}>
          <LogTools
            runId={runId}
            place={place}
            steps={[...new Set(beads.map((bead) => bead.step))]}
            go={go}
            matches={walk.words}
            onStep={walk.step}
            onCopy={copy}
          />
          {store.error && !store.error.gone && (
            <Problem message={store.error.message} mend="It is asked again." />
          )}
          <LogList
            store={store}
            version={store.getVersion()}
            live={live}
            marked={line}
            current={walk.at}
            q={place.q}
            height={height}
            steps={steps}
            onMark={mark}
            onOpen={setWhole}
            handle={list}
          />
          {store.map.count === 0 && !store.looking && (
            <p className="px-4 py-2 text-sm text-muted md:px-6">
              {store.filtered ? 'No line is like that.' : 'Nothing was logged yet.'}
            </p>
          )}
          {whole !== null && <WholeLine runId={runId} n={whole} onClose={() => setWhole(null)} />}
        </div>
      )}
    </section>
  )
}

/**
 * The log of a run at work is open, but on a narrow screen only where the address asks for something of it: it would
 * cover half of what was come for. null: not known yet; until then the style sheet hides it there.
 */
function useOpen(live: boolean, asked: boolean): readonly [boolean | null, (open: boolean) => void] {
  const [open, setOpen] = useState<boolean | null>(asked || (live ? null : false))
  useEffect(() => {
    setOpen((now) => now ?? window.matchMedia('(min-width: 768px)').matches)
  }, [])
  return [open, setOpen]
}

const count = (lines: number): string => `${lines.toLocaleString('en')} ${lines === 1 ? 'line' : 'lines'}`

const remembered = 'devpilot_log_height'

/** As high as it was left. */
function useHeight(): readonly [number, (height: number) => void] {
  const [height, setHeight] = useState(usual)
  useEffect(() => {
    const kept = Number(localStorage.getItem(remembered))
    if (kept > 0) setHeight(clampHeight(kept))
  }, [])
  const keep = (next: number) => {
    setHeight(next)
    localStorage.setItem(remembered, String(Math.round(next)))
  }
  return [height, keep]
}

/** Walking from match to match of the whole log. */
function useWalk(
  runId: string,
  place: ReturnType<typeof useLogUrl>['place'],
  list: React.RefObject<LogListHandle | null>,
) {
  const { found, error, looking, further } = useSearch(runId, place.q, place)
  const [at, setAt] = useState<number | null>(null)
  // biome-ignore lint/correctness/useExhaustiveDependencies: other words, another walk
  useEffect(() => setAt(null), [place.q])
  const step = async (by: 1 | -1) => {
    if (!found || found.lines.length === 0) return
    const from = at ?? (list.current?.top() ?? 1) - by
    const ahead = (lines: readonly number[]) =>
      by > 0 ? lines.find((line) => line > from) : lines.findLast((line) => line < from)
    const known = ahead(found.lines)
    const next = known ?? (by > 0 && found.more ? ahead((await further()).lines) : undefined)
    // Beyond the last one it begins anew.
    const target = next ?? (by > 0 ? found.lines[0] : found.lines.at(-1))
    if (target === undefined) return
    setAt(target)
    list.current?.reveal(target)
  }
  const known = found?.lines.length ?? 0
  const all = `${known.toLocaleString('en')}${found?.more ? ' or more' : ''}`
  const index = at === null ? -1 : (found?.lines.indexOf(at) ?? -1)
  const words =
    error ??
    (looking
      ? 'searching'
      : found === null
        ? ''
        : known === 0
          ? 'none'
          : index < 0
            ? all
            : `${index + 1} of ${all}`)
  return { at, words, step }
}
