import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { DependencyInput } from '@/lib/workspace/project/dependencies'
import { readPlain } from '@/lib/workspace/project/reader'
import type { SetupPlan } from '@/lib/workspace/project/setup-types'

/** Files that are code, or name code, that a fetch would run. */
const hooks = ['.pnpmfile.cjs', '.pnpmfile.mjs', '.pnpmfile.js', '.cargo/config', '.cargo/config.toml']
const settings = ['.npmrc', '.yarnrc', 'pnpm-workspace.yaml']
/** Settings that name a program or a hook: `git`, a shell, a plugin. */
const namesCode =
  /pnpmfile|config-?dependencies|^\s*"?(?:git|shell|script-shell|scriptShell|node-options|ignore-scripts|yarn-path|--?[\w.-]*yarn-path)"?\s*[=: ]/im

/**
 * Whether the command that fetches is given the user's registry credentials: on the base alone, and only where no
 * code of the repository runs beside it, by the manager's nature or by the repository's own settings.
 * @param folder host path of the copy that the command runs in
 */
export async function seesCredentials(
  { credentials }: Pick<DependencyInput, 'credentials'>,
  plan: Pick<SetupPlan, 'fetchRunsCode'>,
  folder: string,
): Promise<boolean> {
  if (credentials !== true || plan.fetchRunsCode) return false
  if (hooks.some((path) => existsSync(join(folder, path)))) return false
  for (const path of settings) {
    if (namesCode.test((await readPlain(join(folder, path), 1_000_000)) ?? '')) return false
  }
  return true
}
