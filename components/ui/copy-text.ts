/**
 * Puts a text on the clipboard. Over plain http a browser has no clipboard to write to; its old command is there still.
 * @throws Error where the browser lets neither be used
 */
export async function copyText(text: string): Promise<void> {
  const clipboard: Clipboard | undefined = navigator.clipboard
  const written = await clipboard?.writeText(text).then(
    () => true,
    () => false,
  )
  if (!written && !byCommand(text)) throw new Error('The browser does not let this be copied.')
}

/** From a field within the dialog that is open, for a dialog takes the focus back from the rest of the page. */
function byCommand(text: string): boolean {
  const before = document.activeElement
  const place = before?.closest('[role=dialog], [role=menu]') ?? document.body
  const field = document.createElement('textarea')
  field.value = text
  field.readOnly = true
  field.className = 'sr-only'
  place.append(field)
  field.select()
  const done = document.execCommand('copy')
  field.remove()
  if (before instanceof HTMLElement) before.focus({ preventScroll: true })
  return done
}
