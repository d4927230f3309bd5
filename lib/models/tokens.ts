import { countTokens as count } from 'gpt-tokenizer'

// Apart from estimate.ts: loading the encoding takes 140 ms, which a command that counts nothing must not pay.

const longestRun = 256

/**
 * Tokens of a text by the o200k encoding. Special tokens such as `<|endoftext|>` count as plain text.
 * Exact, except that runs of over 256 characters without (or of) white space are cut: the encoder's time is
 * quadratic in their length (100 KB of one letter: 7 s).
 */
export function countTokens(text: string): number {
  let tokens = 0
  for (const piece of pieces(text)) tokens += count(piece, { disallowedSpecial: new Set() })
  return tokens
}

function* pieces(text: string): Generator<string> {
  let from = 0
  for (const run of text.matchAll(/\S{257,}|\s{257,}/g)) {
    const end = run.index + run[0].length
    for (let cut = run.index + longestRun; cut < end; cut += longestRun) {
      if (isHighSurrogate(text.charCodeAt(cut - 1))) cut -= 1
      yield text.slice(from, cut)
      from = cut
    }
  }
  if (from < text.length) yield text.slice(from)
}

function isHighSurrogate(code: number): boolean {
  return code >= 0xd800 && code <= 0xdbff
}
