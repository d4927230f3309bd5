/** Hidden in texts on a forge, so that what DevPilot made can be found by its key before it is made again. */
const prefix = '<!-- devpilot:key='
const anyMarker = /<!--\s*devpilot:key=/gi

/** The marker of a key. The key is percent-encoded, so that no key can end the comment early. */
export function markerOf(key: string): string {
  return `${prefix}${encodeURIComponent(key)} -->`
}

/** Whether the text carries the marker of this key (`key` given) or of any key. */
export function hasMarker(text: string | null | undefined, key?: string): boolean {
  if (!text) return false
  return text.includes(key === undefined ? prefix : markerOf(key))
}

/**
 * The body with the key's marker as its last line. Markers inside the body are made harmless: the body may
 * quote an issue, and a quoted marker would stand for an effect that never happened.
 * @param limit longest text that the forge takes, in UTF-16 units; a longer body is cut and says so.
 */
export function withMarker(body: string, key: string, limit = 65_000): string {
  const marker = markerOf(key)
  const clean = body.replace(anyMarker, '<!-- quoted key=')
  const room = limit - marker.length - 2
  const note = '\n\n_(The text was too long for this page and was cut.)_'
  // A cut between the halves of a surrogate pair would leave a broken letter behind.
  const fits = clean.length <= room ? clean : clean.slice(0, room - note.length).toWellFormed() + note
  return `${fits.trimEnd()}\n\n${marker}`
}
