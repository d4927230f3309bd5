import { hiddenCharacters } from './visible'
import type { Range } from './word-diff'

/** A character of a line that is not what it looks like, or that cannot be seen at all. */
export interface Hidden {
  readonly range: Range
  /** What is drawn in its place; null: the text itself, marked. */
  readonly shown: string | null
  /** What it is, in words. */
  readonly words: string
  /** `bidi` reorders what is read, `lookalike` mixes alphabets in one word: both are how code is smuggled in. */
  readonly kind: 'control' | 'bidi' | 'invisible' | 'lookalike'
}

/** Names of the characters that turn up in attacks; others are named by what they are. */
const names: Readonly<Record<number, string>> = {
  9: 'tab',
  13: 'carriage return',
  27: 'escape: begins a terminal sequence',
  173: 'soft hyphen',
  1564: 'Arabic letter mark',
  8203: 'zero-width space',
  8204: 'zero-width non-joiner',
  8205: 'zero-width joiner',
  8206: 'left-to-right mark',
  8207: 'right-to-left mark',
  8234: 'left-to-right embedding',
  8235: 'right-to-left embedding',
  8236: 'end of a direction',
  8237: 'left-to-right override',
  8238: 'right-to-left override',
  8288: 'word joiner',
  8294: 'left-to-right isolate',
  8295: 'right-to-left isolate',
  8296: 'first strong isolate',
  8297: 'end of an isolate',
  65279: 'byte order mark',
}

const shortNames: Readonly<Record<number, string>> = { 13: 'CR', 27: 'ESC' }

const bidi = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/u
/** Also drawn as nothing, though no page obeys them: soft hyphen, Hangul fillers, braille blank, variation selectors (but for those of emoji). */
const unseen = /[\u00ad\u115f\u1160\u2800\u3164\uffa0]|(?!\ufe0e|\ufe0f)\p{VS}/u
const latin = /\p{Script=Latin}/u
/** Letters of Cyrillic, Greek, Armenian and Cherokee that fonts draw as Latin ones. */
const lookalike =
  /[\u0430\u0435\u043e\u0440\u0441\u0443\u0445\u0456\u0458\u0455\u0501\u051b\u051d\u04bb\u0410\u0412\u0415\u041a\u041c\u041d\u041e\u0420\u0421\u0422\u0425\u0406\u0408\u0405\u03b1\u03bf\u03c1\u03bd\u03b9\u0391\u0392\u0395\u0396\u0397\u0399\u039a\u039c\u039d\u039f\u03a1\u03a4\u03a5\u03a7\u0578\u057d\u0585\u13a0\u13a1\u13a2\u13aa\u13b3\u13d2\uff21-\uff3a\uff41-\uff5a]/u

/**
 * Characters of one line that hide or lie (Trojan Source, CVE-2021-42574 and 42694): controls, what reorders text,
 * what takes no room, and words that mix Latin with letters that look like it. In order, without overlap.
 */
export function hiddenIn(line: string): readonly Hidden[] {
  if (isPlain(line)) return []
  const found: Hidden[] = []
  let position = 0
  for (const character of line) {
    const end = position + character.length
    const hidden = hiddenCharacter(character)
    if (hidden) found.push({ range: [position, end], ...hidden })
    position = end
  }
  return [...found, ...lookalikesIn(line)].sort((a, b) => a.range[0] - b.range[0])
}

/** Nothing but printable ASCII and tabs: most lines, told without a look at each character. */
function isPlain(line: string): boolean {
  return /^[\t\x20-\x7e]*$/.test(line)
}

function hiddenCharacter(character: string): Omit<Hidden, 'range'> | null {
  const code = character.codePointAt(0) ?? 0
  const lone = code >= 0xd800 && code <= 0xdfff
  const tests = new RegExp(hiddenCharacters, 'u').test(character)
  if (!tests && !unseen.test(character) && !lone) return null
  const shown = shortNames[code] ?? `U+${code.toString(16).toUpperCase().padStart(4, '0')}`
  if (bidi.test(character)) {
    return { kind: 'bidi', shown, words: `${names[code] ?? 'direction mark'}: it reorders what you read` }
  }
  const control = code < 0x20 || (code >= 0x7f && code < 0xa0)
  const words = names[code] ?? (control ? 'control character' : 'a character that cannot be seen')
  return { kind: control ? 'control' : 'invisible', shown, words }
}

function lookalikesIn(line: string): Hidden[] {
  return [...line.matchAll(/[\p{L}\p{N}_]+/gu)].flatMap((match) => {
    const [word] = match
    if (!latin.test(word.replace(/[\uff21-\uff3a\uff41-\uff5a]/gu, '')) || !lookalike.test(word)) return []
    let position = match.index
    return [...word].flatMap((character): Hidden[] => {
      const range: Range = [position, position + character.length]
      position += character.length
      if (!lookalike.test(character)) return []
      const code = (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')
      const words = `U+${code}, a letter of another alphabet that looks like a Latin one`
      return [{ range, shown: null, words, kind: 'lookalike' }]
    })
  })
}
