'use client'

import { useEffect, useRef } from 'react'

/** On a narrow screen what is selected stands below the steps: it is brought into view when the selection changes. */
export function ShowSelected({ selection }: { readonly selection: string }) {
  const mark = useRef<HTMLDivElement>(null)
  const shown = useRef('')
  useEffect(() => {
    if (shown.current === selection) return
    shown.current = selection
    if (selection !== '' && window.matchMedia('(max-width: 1023px)').matches) mark.current?.scrollIntoView()
  }, [selection])
  return <div ref={mark} className="scroll-mt-14" />
}
