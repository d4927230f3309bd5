import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { ensureMirror } from '@/lib/workspace/git/mirror'
import { createWorktree, type Worktree } from '@/lib/workspace/git/worktree'
import { spawnEnv } from '@/lib/workspace/sandbox/spawn-env'

/** A new folder of its own under the system's temporary one; `dispose` deletes it. */
export function temporaryFolder(name: string): { readonly path: string; readonly dispose: () => void } {
  const path = mkdtempSync(join(tmpdir(), `devpilot-${name}-`))
  return { path, dispose: () => rmSync(path, { recursive: true, force: true }) }
}

const identity = {
  GIT_AUTHOR_NAME: 'Ada',
  GIT_AUTHOR_EMAIL: 'ada@example.com',
  GIT_COMMITTER_NAME: 'Ada',
  GIT_COMMITTER_EMAIL: 'ada@example.com',
  GIT_AUTHOR_DATE: '1700000000 +0000',
  GIT_COMMITTER_DATE: '1700000000 +0000',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
}

/** The plain git of a user, with a fixed person and date. Returns standard output without the last line end. */
export function userGit(cwd: string, ...args: string[]): string {
  const env = spawnEnv({ PATH: process.env.PATH ?? '', HOME: cwd, ...identity })
  return execFileSync('git', args, {
    cwd,
    env,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  }).trimEnd()
}

/** Writes files, making their folders. */
export function writeFiles(root: string, files: Readonly<Record<string, string | Buffer>>): void {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), content)
  }
}

/** A repository on branch `main` with one commit that holds the files. Returns its path. */
export function makeRepository(
  parent: string,
  files: Readonly<Record<string, string | Buffer>>,
  name = 'source',
): string {
  const root = join(parent, name)
  mkdirSync(root, { recursive: true })
  userGit(root, 'init', '-q', '-b', 'main')
  writeFiles(root, files)
  userGit(root, 'add', '-A', '-f')
  userGit(root, 'commit', '-q', '--allow-empty', '-m', 'start')
  return root
}

/** A mirror and a worktree of a repository below `home`. */
export async function makeWorktree(home: string, source: string, runId = 'run1'): Promise<Worktree> {
  const mirror = join(home, 'mirrors', 'source.git')
  const { headSha } = await ensureMirror({ source, mirror })
  const root = join(home, 'worktrees', runId)
  return await createWorktree({ mirror, root, runId, branch: `devpilot/${runId}`, baseSha: headSha ?? '' })
}

/** One hash over every path, mode, size, time of change, link and byte below a folder, `.git` included. */
export function treeHash(root: string): string {
  const hash = createHash('sha256')
  const walk = (path: string) => {
    const info = lstatSync(path)
    hash.update(`${path}\0${info.mode}\0${info.isDirectory() ? '' : `${info.size} ${info.mtimeMs}`}\0`)
    if (info.isSymbolicLink()) hash.update(readlinkSync(path))
    else if (info.isFile()) hash.update(readFileSync(path))
    else if (info.isDirectory()) for (const name of readdirSync(path).sort()) walk(join(path, name))
  }
  walk(root)
  return hash.digest('hex')
}
