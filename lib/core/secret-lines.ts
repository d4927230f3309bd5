import { type DiffLine, parseUnifiedDiff } from './diff-lines'
import { secretsIn } from './secrets'

/** Where a diff adds what looks like a key: the place and the rule, never the secret. */
export interface SecretLine {
  readonly file: string
  readonly line: number
  readonly rule: string
}

/**
 * Secrets in the lines that a diff adds, or several diffs one after the other.
 * @param except a diff whose added lines are left out
 */
export function secretLines(diff: string, except = ''): SecretLine[] {
  const known = new Set(addedIn(except).map(({ text }) => text))
  return addedIn(diff)
    .filter(({ text }) => !known.has(text))
    .flatMap(({ file, line, text }) => secretsIn(text).map((rule) => ({ file, line, rule })))
}

function addedIn(diff: string): (DiffLine & { readonly file: string })[] {
  return parseUnifiedDiff(diff).flatMap(({ newPath: file, hunks }) =>
    hunks.flatMap(({ added }) => added.map((line) => ({ ...line, file }))),
  )
}
