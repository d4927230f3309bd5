import { existsSync, mkdirSync, rmSync, symlinkSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { SANDBOX_HOME, SANDBOX_WORKSPACE, type SandboxCommand } from './sandbox'

/**
 * Without a sandbox there is no /workspace: paths of the inside are turned into the host's own.
 * @param home host path of the command's home.
 * @returns a function that replaces them wherever they stand in a text as whole paths.
 */
export function hostView(command: SandboxCommand, home: string): (text: string) => string {
  const pairs = [
    ...(command.mounts ?? []).map((mount) => [mount.target, mount.source] as const),
    [SANDBOX_WORKSPACE, command.workspace] as const,
    [SANDBOX_HOME, home] as const,
  ].toSorted(([a], [b]) => b.length - a.length)
  const known = new Map(pairs)
  const escaped = pairs.map(([inside]) => inside.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
  // A path starts after a character that cannot belong to one, and ends before the next of its own.
  const pattern = new RegExp(`(?<![\\w./-])(${escaped.join('|')})(?![\\w.-])`, 'g')
  return (text) => text.replace(pattern, (inside) => known.get(inside) ?? inside)
}

/**
 * Mounts below the workspace or the home as links, since tools look there (`node_modules`). Others are reached by
 * the replaced paths alone.
 * @returns what takes the links away again.
 */
export function linkMounts(command: SandboxCommand, home: string): () => void {
  const made: string[] = []
  for (const mount of command.mounts ?? []) {
    const root = [
      [`${SANDBOX_WORKSPACE}/`, command.workspace],
      [`${SANDBOX_HOME}/`, home],
    ].find(([inside]) => mount.target.startsWith(inside ?? ''))
    if (root?.[0] === undefined || root[1] === undefined) continue
    const place = join(root[1], mount.target.slice(root[0].length))
    if (existsSync(place)) continue
    mkdirSync(dirname(place), { recursive: true })
    symlinkSync(mount.source, place)
    made.push(place)
  }
  return () => {
    for (const place of made) rmSync(place, { force: true })
  }
}
