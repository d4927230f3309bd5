import { join } from 'node:path'
import { type Checked, fail, ok, warn } from '@/lib/core/checked'
import { type Config, defaultConfig } from '@/lib/core/config'
import { configFile } from '@/lib/core/names'
import { toAppError } from '@/lib/errors'
import { inspectRepository } from '@/lib/workspace/git/inspect'
import type { Project } from '@/lib/workspace/project/project'
import { directoryReader, readPlain } from '@/lib/workspace/project/reader'
import { lookAtProject } from './project'

const MAX_BYTES = 1_000_000

/**
 * The checkout that `doctor` is asked about, as its files are now: what is not committed yet counts.
 * @param needed whether a folder that is no repository is a failure
 */
export async function lookAtFolder(
  path: string,
  needed: boolean,
): Promise<{ checks: readonly Checked[]; config: Config; project: Project | null }> {
  try {
    const { root, branch, dirty, dirtyFiles } = await inspectRepository(path)
    const text = await readPlain(join(root, configFile), MAX_BYTES)
    const look = await lookAtProject(await directoryReader(root), text)
    const state = dirty ? `${dirtyFiles.length} uncommitted files, which runs do not see` : 'clean'
    const here = ok('repository', `${root} (${branch ?? 'detached'}, ${state})`)
    return { ...look, checks: [here, ...look.checks] }
  } catch (error) {
    const { code, message, mend } = toAppError(error)
    if (code !== 'repository_unusable') throw error
    const check = (needed ? fail : warn)('repository', message, mend ?? 'Give one with --repo <path>.')
    return { checks: [check], config: defaultConfig(), project: null }
  }
}
