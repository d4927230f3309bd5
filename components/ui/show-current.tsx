'use client'

import { useEffect, useRef } from 'react'

/**
 * Stands after a row of links that may be wider than the screen: moves the row, and not the page, so that the current
 * one is seen.
 */
export function ShowCurrent({ current }: { readonly current: string }) {
  const mark = useRef<HTMLSpanElement>(null)
  // biome-ignore lint/correctness/useExhaustiveDependencies: another one is current, and the row is to be moved again
  useEffect(() => {
    const row = mark.current?.previousElementSibling
    const here = row?.querySelector('[aria-current]')
    if (!row || !here) return
    const [outer, inner] = [row.getBoundingClientRect(), here.getBoundingClientRect()]
    row.scrollLeft += inner.left + inner.width / 2 - (outer.left + outer.width / 2)
  }, [current])
  return <span ref={mark} hidden />
}
