/**
 * Comments that were begun and not sent, by gate and by the anchor of their line (empty: the gate as a whole). They
 * outlast their forms and the page, until the tab is closed: who decides is told of them.
 */
const begun = new Map<string, Map<string, string>>()

export function draftAt(gate: string, anchor: string): string {
  return begun.get(gate)?.get(anchor) ?? ''
}

/** @param text empty: there is none any more */
export function keepDraft(gate: string, anchor: string, text: string): void {
  const ofGate = begun.get(gate) ?? new Map<string, string>()
  if (text === '') ofGate.delete(anchor)
  else ofGate.set(anchor, text)
  begun.set(gate, ofGate)
}

/** How many of a gate say something. */
export function countDrafts(gate: string): number {
  return [...(begun.get(gate)?.values() ?? [])].filter((text) => text.trim() !== '').length
}
