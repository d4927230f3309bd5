'use client'

import { type ComponentProps, useEffect, useState } from 'react'
import { Button } from '@/components/ui/button'
import { Problem } from '@/components/ui/panel'
import { DiffViewer } from './diff-viewer'

type LoadDiffProps = Omit<ComponentProps<typeof DiffViewer>, 'text'> & {
  /** Where the cut diff is; what is there never changes. */
  readonly from: string
}

/** A diff of megabytes is asked for once, and not sent again with every refresh of the page. */
export function LoadDiff({ from, ...rest }: LoadDiffProps) {
  const [text, setText] = useState<string | null>(null)
  const [problem, setProblem] = useState<string | null>(null)
  const [tries, setTries] = useState(0)
  // biome-ignore lint/correctness/useExhaustiveDependencies: `tries` asks anew
  useEffect(() => {
    const stop = new AbortController()
    setProblem(null)
    textOf(from, stop.signal).then(setText, (error: unknown) => {
      if (!stop.signal.aborted) setProblem(error instanceof Error ? error.message : String(error))
    })
    return () => stop.abort()
  }, [from, tries])
  if (text !== null) return <DiffViewer text={text} {...rest} />
  if (problem === null)
    return (
      <p role="status" className="rounded-lg border bg-surface px-4 py-10 text-center text-sm text-muted">
        Loading a long diff…
      </p>
    )
  return (
    <div className="space-y-2">
      <Problem message="The diff could not be loaded." mend={problem} />
      <Button onClick={() => setTries(tries + 1)}>Load it again</Button>
    </div>
  )
}

async function textOf(from: string, signal: AbortSignal): Promise<string> {
  const response = await fetch(from, { signal })
  if (!response.ok) throw new Error(`The server answered ${response.status}.`)
  return response.text()
}
