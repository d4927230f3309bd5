import { stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { AppError, toAppError } from '@/lib/errors'
import { type LanguageShare, languageShares } from '@/lib/workspace/git/languages'
import { type GitOptions, git, gitText, nulSeparated } from '@/lib/workspace/git/run'
import { filterOverrides } from '@/lib/workspace/git/settings'

/** What a repository is, read without changing a byte of it. */
export interface RepositoryFacts {
  /** Top of the working tree; the path given may lie below it. */
  readonly root: string
  readonly headSha: string
  /** null when HEAD is detached. */
  readonly branch: string | null
  readonly detached: boolean
  /** The remote's HEAD, else main, else master, else the current branch. */
  readonly defaultBranch: string | null
  readonly shallow: boolean
  /** Without user name and password; null when there is no `origin`. */
  readonly originUrl: string | null
  /** Changed and untracked files of the checkout; a run does not see them. At most 100. */
  readonly dirtyFiles: readonly string[]
  readonly dirty: boolean
  readonly submodules: readonly string[]
  readonly usesLfs: boolean
  readonly trackedFiles: number
  readonly trackedBytes: number
  readonly largestFiles: readonly { readonly path: string; readonly bytes: number }[]
  readonly languages: readonly LanguageShare[]
}

/**
 * Facts of the repository that holds `path`. Runs nothing of its configuration and takes no lock in it.
 * @throws AppError('repository_unusable') with the mend: no such path, not a folder, no repository, bare, no commit.
 */
export async function inspectRepository(path: string, signal?: AbortSignal): Promise<RepositoryFacts> {
  const root = await repositoryRoot(path, signal)
  const plain: GitOptions = { cwd: root, signal }
  const headSha = await headCommit(root, plain)
  const names = await git(['config', '--list', '--includes', '--name-only', '-z'], plain)
  const options: GitOptions = { ...plain, config: filterOverrides(nulSeparated(names.stdout)) }
  const branch = await optionalText(['symbolic-ref', '--quiet', '--short', 'HEAD'], options)
  const tree = await readTree(headSha, options)
  const dirtyFiles = await dirtyPaths(options)
  const origin = await optionalText(['config', '--get', 'remote.origin.url'], options)
  return {
    root,
    headSha,
    branch,
    detached: branch === null,
    defaultBranch: await defaultBranch(branch, options),
    shallow: (await gitText(['rev-parse', '--is-shallow-repository'], options)) === 'true',
    originUrl: origin?.replace(/^([a-z+]+:\/\/)[^/@]*@/i, '$1') ?? null,
    dirtyFiles: dirtyFiles.slice(0, 100),
    dirty: dirtyFiles.length > 0,
    submodules: tree.filter((entry) => entry.mode === '160000').map((entry) => entry.path),
    usesLfs: await usesLfs(tree, options),
    trackedFiles: tree.length,
    trackedBytes: tree.reduce((sum, entry) => sum + entry.bytes, 0),
    largestFiles: [...tree]
      .sort((a, b) => b.bytes - a.bytes || (a.path < b.path ? -1 : 1))
      .slice(0, 10)
      .map((entry) => ({ path: entry.path, bytes: entry.bytes })),
    languages: languageShares(tree),
  }
}

async function repositoryRoot(path: string, signal: AbortSignal | undefined): Promise<string> {
  const place = resolve(path)
  const info = await stat(place).catch((cause: unknown) => {
    const mend = 'Give the folder of a git repository (`--repo <path>`).'
    throw new AppError('repository_unusable', `${place} does not exist or cannot be read.`, {
      place,
      mend,
      cause,
    })
  })
  if (!info.isDirectory()) {
    const mend = 'Give the folder that holds it.'
    throw new AppError('repository_unusable', `${place} is a file, not a folder.`, { place, mend })
  }
  const asked = await gitText(['rev-parse', '--is-bare-repository', '--is-inside-git-dir'], {
    cwd: place,
    signal,
  }).catch((cause: unknown) => {
    if (toAppError(cause).code !== 'repository_unusable') throw cause
    const mend = `Make it one: git -C '${place}' init && ${firstCommit(place)}`
    throw new AppError('repository_unusable', `${place} is not in a git repository.`, { place, mend, cause })
  })
  if (asked.includes('true')) {
    const mend = 'Give a clone with a working tree: git clone <this path> <folder>.'
    throw new AppError('repository_unusable', `${place} is a bare repository or a .git folder.`, {
      place,
      mend,
    })
  }
  return await gitText(['rev-parse', '--show-toplevel'], { cwd: place, signal })
}

/** Works in an empty folder, too. */
function firstCommit(folder: string): string {
  return `git -C '${folder}' add -A && git -C '${folder}' commit --allow-empty -m start`
}

async function headCommit(root: string, options: GitOptions): Promise<string> {
  const sha = await optionalText(['rev-parse', '--verify', '--quiet', 'HEAD^{commit}'], options)
  if (sha) return sha
  const mend = `Commit something first: ${firstCommit(root)}`
  throw new AppError('repository_unusable', `${root} has no commit on its current branch.`, {
    place: root,
    mend,
  })
}

interface TreeEntry {
  readonly mode: string
  readonly path: string
  readonly bytes: number
}

async function readTree(sha: string, options: GitOptions): Promise<TreeEntry[]> {
  const { stdout } = await git(['ls-tree', '-r', '-l', '-z', '--full-tree', sha], options)
  return nulSeparated(stdout).map((line) => {
    const tab = line.indexOf('\t')
    const [mode = '', , , size = '-'] = line.slice(0, tab).split(/ +/)
    return { mode, path: line.slice(tab + 1), bytes: Number(size) || 0 }
  })
}

async function dirtyPaths(options: GitOptions): Promise<string[]> {
  const args = ['status', '--porcelain=v1', '-z', '--no-renames', '--untracked-files=normal']
  const { stdout } = await git([...args, '--ignore-submodules=all'], options)
  return nulSeparated(stdout).map((line) => line.slice(3))
}

async function defaultBranch(current: string | null, options: GitOptions): Promise<string | null> {
  const remote = await optionalText(
    ['symbolic-ref', '--quiet', '--short', 'refs/remotes/origin/HEAD'],
    options,
  )
  if (remote) return remote.replace(/^origin\//, '')
  for (const name of ['main', 'master']) {
    if (await optionalText(['rev-parse', '--verify', '--quiet', `refs/heads/${name}`], options)) return name
  }
  return current
}

async function usesLfs(tree: readonly TreeEntry[], options: GitOptions): Promise<boolean> {
  const files = tree.filter((entry) => /(^|\/)\.gitattributes$/.test(entry.path) && entry.bytes < 1_000_000)
  for (const file of files.slice(0, 50)) {
    const { stdout } = await git(['cat-file', 'blob', `HEAD:${file.path}`], options)
    if (/\bfilter=lfs\b/.test(stdout.toString('utf8'))) return true
  }
  return false
}

/** Output of a command whose exit code 1 says "there is none". */
async function optionalText(args: readonly string[], options: GitOptions): Promise<string | null> {
  const result = await git(args, { ...options, okCodes: [1] })
  return result.exitCode === 0 ? result.stdout.toString('utf8').replace(/\n+$/, '') : null
}
