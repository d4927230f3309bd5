import { constants } from 'node:fs'
import { copyFile, cp, lstat, mkdir, readdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { ignoredPaths } from '@/lib/workspace/project/git-facts'
import { codeOf } from '@/lib/workspace/project/reader'
import { giveToSandbox } from '@/lib/workspace/sandbox/ownership'

const MAX_FILES = 20_000
const MAX_BYTES = 200 * 1024 * 1024

/** All plain files under a folder, relative; `.git` and the folders in `skip` are left out. */
export async function plainFiles(root: string, skip: ReadonlySet<string>): Promise<ReadonlySet<string>> {
  const found = new Set<string>()
  const folders = ['']
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    for (const entry of await readdir(join(root, folder), { withFileTypes: true })) {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`
      if (entry.name === '.git' || skip.has(path)) continue
      if (entry.isDirectory()) folders.push(path)
      else if (entry.isFile()) found.add(path)
    }
  }
  return found
}

/** A copy of a workspace without git's and installed files; links stay links, nothing is followed. */
export async function copyWorkspace(from: string, to: string, skip: ReadonlySet<string>): Promise<void> {
  await cp(from, to, {
    recursive: true,
    verbatimSymlinks: true,
    mode: constants.COPYFILE_FICLONE,
    filter: async (source) => {
      const path = source.slice(from.length + 1)
      if (path === '.git' || skip.has(path)) return false
      const facts = await lstat(source)
      return facts.isFile() || facts.isDirectory() || facts.isSymbolicLink()
    },
  })
}

/**
 * Keeps what the setup wrote beside its products (a generated version file, a `dist` that tests import).
 * @returns a warning when it is too much to keep
 */
export async function keepWritten(
  scratch: string,
  before: ReadonlySet<string>,
  skip: ReadonlySet<string>,
  to: string,
): Promise<string | null> {
  const made = [...(await plainFiles(scratch, skip))].filter((path) => !before.has(path))
  let bytes = 0
  for (const path of made) bytes += (await lstat(join(scratch, path))).size
  if (made.length > MAX_FILES || bytes > MAX_BYTES) {
    return `The setup wrote ${made.length} files (${Math.round(bytes / 1e6)} MB) into the repository beside its dependencies: they are not kept. What tests need of them must be made by the test command.`
  }
  for (const path of made) {
    await mkdir(dirname(join(to, path)), { recursive: true })
    await copyFile(join(scratch, path), join(to, path), constants.COPYFILE_FICLONE)
  }
  return null
}

/** Copies those of the kept files that git ignores into a workspace that does not have them, so that none is committed. */
export async function copyWritten(from: string, workspace: string): Promise<void> {
  if ((await kindOf(from)) !== 'folder') return
  for (const path of await ignoredPaths(workspace, [...(await plainFiles(from, new Set()))])) {
    const parents = path.split('/').slice(0, -1)
    if (await makeFolders(workspace, parents)) {
      try {
        await copyFile(join(from, path), join(workspace, path), constants.COPYFILE_EXCL)
        giveToSandbox(join(workspace, path))
      } catch (error) {
        if (codeOf(error) !== 'EEXIST') throw error
      }
    }
  }
}

/** Makes folders one by one; false when a link or file stands in the way, which could lead out of the workspace. */
async function makeFolders(workspace: string, parents: readonly string[]): Promise<boolean> {
  let path = workspace
  for (const name of parents) {
    path = join(path, name)
    const kind = await kindOf(path)
    if (kind === 'other') return false
    if (kind === 'absent') {
      await mkdir(path)
      giveToSandbox(path)
    }
  }
  return true
}

async function kindOf(path: string): Promise<'folder' | 'other' | 'absent'> {
  try {
    return (await lstat(path)).isDirectory() ? 'folder' : 'other'
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return 'absent'
    throw error
  }
}
