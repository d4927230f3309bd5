/**
 * Characters that a page must not obey: controls other than tab and newline, and the invisible ones that reorder or
 * hide text (Unicode bidi embeddings, overrides and isolates, zero-width characters, the byte order mark).
 */
export const hiddenCharacters =
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\u{e0000}-\u{e007f}]/gu

/** Text of a model or a repository with each hidden character shown as `‹U+202E›`, so that what is read is what is there. */
export function visible(text: string): string {
  return text.replace(/\r\n/g, '\n').replace(hiddenCharacters, (character) => {
    const code = character.codePointAt(0) ?? 0
    if (code === 0x1b) return '␛'
    return `‹U+${code.toString(16).toUpperCase().padStart(4, '0')}›`
  })
}

/** Output of a program: colours (SGR sequences) are taken out, everything else that is hidden is shown. */
export function visibleOutput(text: string): string {
  return visible(text.replace(/\u001b\[[0-9;:]*m/g, ''))
}
