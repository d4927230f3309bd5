/** What can be gone through with j and k: rows that say so, and the rows of tables and named lists. */
const rows = 'main :is([data-row], tbody > tr, ul[aria-label] > li, ol[aria-label] > li)'
const target = 'a[href], summary, button:not([disabled])'

/** Moves the focus to what can be pressed in the next row, or the one before. */
export function moveInList(step: 1 | -1): void {
  const stops = [...document.querySelectorAll<HTMLElement>(rows)].flatMap((row) => {
    const stop = row.matches(target) ? row : row.querySelector<HTMLElement>(target)
    return stop && stop.getClientRects().length > 0 ? [{ row, stop }] : []
  })
  const at = stops.findIndex(({ row }) => row.contains(document.activeElement))
  const next = at < 0 ? (step > 0 ? 0 : stops.length - 1) : Math.min(Math.max(at + step, 0), stops.length - 1)
  const found = stops[next]
  found?.stop.focus({ preventScroll: true })
  found?.row.scrollIntoView({ block: 'nearest' })
}
