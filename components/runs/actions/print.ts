/** Prints the page with every file of its diff open, and leaves it as it was. */
export function printRun(): void {
  const closed = [...document.querySelectorAll<HTMLDetailsElement>('main details[data-file]:not([open])')]
  for (const details of closed) details.open = true
  const after = () => {
    for (const details of closed) details.open = false
  }
  window.addEventListener('afterprint', after, { once: true })
  // The menu is gone from the page before its picture is taken.
  setTimeout(() => window.print(), 50)
}
