import { firstMatch } from '@/lib/core/glob'

/**
 * Whether an agent may change a path: first the paths that the configuration protects, then the task's declared
 * scope. Spec section 5, "Edits". Pure.
 * @param input.path relative to the workspace, links resolved.
 * @param input.scope globs of the files the task may change; null for no limit, an empty list for none.
 * @returns null when it may, else the reason in words that the agent can act on.
 */
export function checkScope(input: {
  readonly path: string
  readonly scope: readonly string[] | null
  readonly protectedPaths: readonly string[]
}): null | { readonly reason: string } {
  const { path, scope } = input
  const guard = firstMatch(path, input.protectedPaths)
  if (guard !== null) {
    return {
      reason: `\`${path}\` is protected by this repository's configuration (\`${guard}\`). Leave it as it is.`,
    }
  }
  if (scope === null || firstMatch(path, scope) !== null) return null
  const declared = scope
    .slice(0, 20)
    .map((glob) => `\`${glob}\``)
    .join(', ')
  const more = scope.length > 20 ? ` and ${scope.length - 20} more` : ''
  return {
    reason:
      `\`${path}\` is outside this task's declared scope (${declared || 'no file'}${more}). ` +
      'If the task needs it, finish and name it as a file that is needed.',
  }
}
