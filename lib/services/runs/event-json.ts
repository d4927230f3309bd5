import type { RunEvent } from '../views'

const texts = new WeakMap<RunEvent, string>()

/** An event as JSON, written once however many streams send it. */
export function eventJson(event: RunEvent): string {
  const known = texts.get(event)
  if (known !== undefined) return known
  const text = JSON.stringify(event)
  texts.set(event, text)
  return text
}
