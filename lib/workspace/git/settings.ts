import type { GitOptions } from '@/lib/workspace/git/run'

/** Author and committer of DevPilot's commits. */
export interface GitIdentity {
  readonly name: string
  readonly email: string
}

export const defaultIdentity: GitIdentity = { name: 'DevPilot', email: 'devpilot@localhost' }

/**
 * Settings of command scope: they win over a repository's own configuration, so nothing there starts a program or
 * changes what a command means. Keys that can run something: git-config(1) and facts.md, "Sandboxes".
 */
const fixedSettings: readonly (readonly [string, string])[] = [
  ['core.hooksPath', '/dev/null'],
  ['core.fsmonitor', 'false'],
  ['core.untrackedCache', 'false'],
  ['core.pager', 'cat'],
  ['core.editor', 'true'],
  ['core.askPass', ''],
  ['core.autocrlf', 'false'],
  ['core.quotePath', 'false'],
  ['core.protectHFS', 'true'],
  ['core.protectNTFS', 'true'],
  // Larger files are streamed and shown as binary: a 100 MB text file costs no 100 MB of diff.
  ['core.bigFileThreshold', '2m'],
  ['credential.helper', ''],
  ['diff.ignoreSubmodules', 'all'],
  ['diff.renames', 'true'],
  ['diff.noprefix', 'false'],
  ['diff.mnemonicPrefix', 'false'],
  ['submodule.recurse', 'false'],
  ['fetch.recurseSubmodules', 'false'],
  ['protocol.ext.allow', 'never'],
  ['safe.directory', '*'],
  ['gc.auto', '0'],
  ['maintenance.auto', 'false'],
  ['commit.gpgSign', 'false'],
  ['tag.gpgSign', 'false'],
  ['log.showSignature', 'false'],
  ['advice.detachedHead', 'false'],
  ['color.ui', 'false'],
]

/** GIT_CONFIG_COUNT and its keys for one call: fixed settings, identity, header, then the caller's own. */
export function gitConfigEnv(options: GitOptions): Record<string, string> {
  const identity = options.identity ?? defaultIdentity
  const settings: (readonly [string, string])[] = [
    ...fixedSettings,
    ['user.name', identity.name],
    ['user.email', identity.email],
    ...(options.header ? [[`http.${options.header.url}.extraHeader`, options.header.header] as const] : []),
    ...(options.config ?? []),
  ]
  const entries = settings.flatMap(([key, value], index) => [
    [`GIT_CONFIG_KEY_${index}`, key],
    [`GIT_CONFIG_VALUE_${index}`, value],
  ])
  return { GIT_CONFIG_COUNT: String(settings.length), ...Object.fromEntries(entries) }
}

/**
 * Settings that switch off the content filters of a foreign repository (git-lfs and any other name).
 * @param names names of all its settings, from `git config --list --name-only -z`.
 */
export function filterOverrides(names: readonly string[]): (readonly [string, string])[] {
  const filters = new Set<string>()
  for (const name of names) {
    const match = /^filter\.([\s\S]+)\.(?:clean|smudge|process|required)$/i.exec(name)
    if (match?.[1]) filters.add(match[1])
  }
  return [...filters].flatMap((name) => [
    [`filter.${name}.clean`, ''] as const,
    [`filter.${name}.smudge`, ''] as const,
    [`filter.${name}.process`, ''] as const,
    [`filter.${name}.required`, 'false'] as const,
  ])
}
