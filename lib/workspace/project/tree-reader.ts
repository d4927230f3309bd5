import { type GitOptions, git, nulSeparated } from '@/lib/workspace/git/run'
import type { ProjectReader } from './reader'

const MAX_FILES = 100_000
const MAX_BYTES = 4 * 1024 * 1024

/** The plain files of a commit, without a checkout. @param at where git finds it */
export async function treeReader(at: GitOptions, commit: string): Promise<ProjectReader> {
  const { stdout } = await git(['ls-tree', '-r', '-z', '--full-tree', commit], at)
  const files = nulSeparated(stdout).flatMap((line) =>
    line.startsWith('100') ? [line.slice(line.indexOf('\t') + 1)] : [],
  )
  const known = new Set(files.slice(0, MAX_FILES))
  return {
    files: [...known],
    async read(path) {
      if (!known.has(path)) return null
      const options = { ...at, maxOutputBytes: MAX_BYTES, cutOutput: true }
      const blob = await git(['cat-file', 'blob', `${commit}:${path}`], options)
      return blob.cut ? null : blob.stdout.toString('utf8')
    },
  }
}
