import { createHash, randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, isAbsolute, join } from 'node:path'
import { AppError, toAppError } from '@/lib/errors'
import { temporaryPrefix } from '@/lib/workspace/files/safe-fs'
import { withFileLock } from '@/lib/workspace/git/lock'
import { type GitHeader, type GitOptions, type GitProtocol, git, gitText } from '@/lib/workspace/git/run'

const cloneLimitMs = 600_000

/** A server of http that sends nothing for so many seconds is away, however long a copy may take. */
const silence = [
  ['http.lowSpeedLimit', '1'],
  ['http.lowSpeedTime', '45'],
] as const

/** The upload side reads the source's own configuration; what could run there is switched off on its command line. */
const uploadPack = "git -c 'safe.directory=*' -c core.hooksPath=/dev/null -c core.fsmonitor=false upload-pack"

/**
 * Where the source's refs stand in the mirror. `refs/heads/` is left to DevPilot's own branches, so that a prune
 * cannot delete them; a clone's remote branches and its HEAD (perhaps detached) come along.
 */
const urlRefs = ['+refs/heads/*:refs/remotes/origin/*', '+refs/tags/*:refs/tags/*']
const localRefs = [...urlRefs, '+refs/remotes/*:refs/devpilot/remotes/*']
const headRef = '+HEAD:refs/devpilot/source-head'

export interface MirrorInput {
  /** Absolute path of a repository, or a URL. */
  readonly source: string
  /** Absolute path of the bare mirror, made when absent; see `mirrorPath`. */
  readonly mirror: string
  readonly header?: GitHeader | undefined
  readonly signal?: AbortSignal | undefined
}

/** Folder of a source's mirror below DEVPILOT_HOME: a readable name and a hash of the whole source. */
export function mirrorPath(home: string, source: string): string {
  const name =
    source
      .replace(/\/+$/, '')
      .replace(/\.git$/, '')
      .split(/[/:\\]/)
      .pop() ?? ''
  const slug =
    name
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, '-')
      .slice(0, 40) || 'repository'
  const hash = createHash('sha256').update(source).digest('hex').slice(0, 12)
  return join(home, 'mirrors', `${slug}-${hash}.git`)
}

/**
 * Makes or brings up to date the bare mirror of a repository: a whole copy, so nothing done to the source later can
 * break a run. Any number of processes may call it for one mirror; they take turns.
 * @returns the commit that HEAD of the source stands at, null when the source tells none.
 * @throws AppError 'repository_unusable', 'git_error', 'timeout' (10 minutes), 'disk_full', 'bad_request' (a source
 *   that is neither a URL nor an absolute path).
 */
export async function ensureMirror(input: MirrorInput): Promise<{ readonly headSha: string | null }> {
  const protocol = protocolOf(input.source)
  await mkdir(dirname(input.mirror), { recursive: true, mode: 0o700 })
  const lock = { path: `${input.mirror}.lock`, timeoutMs: cloneLimitMs, signal: input.signal }
  return await withFileLock(lock, async () => {
    await ensureBare(input.mirror)
    await fetchAll(input, protocol)
    const { stdout, exitCode } = await git(
      ['rev-parse', '--verify', '--quiet', 'refs/devpilot/source-head'],
      {
        gitDir: input.mirror,
        okCodes: [1],
      },
    )
    return { headSha: exitCode === 0 ? stdout.toString('utf8').trim() : null }
  })
}

/**
 * The commit that a branch, tag, `HEAD` or full SHA of the source means in its mirror.
 * @throws AppError('not_found') naming what was looked for.
 */
export async function resolveCommit(mirror: string, name: string): Promise<string> {
  const places = ['refs/remotes/origin/', 'refs/devpilot/remotes/origin/', 'refs/tags/', 'refs/heads/']
  const candidates =
    name === 'HEAD'
      ? ['refs/devpilot/source-head']
      : [...(/^[0-9a-f]{40}$/.test(name) ? [name] : []), ...places.map((place) => place + name)]
  for (const candidate of candidates) {
    const args = ['rev-parse', '--verify', '--quiet', '--end-of-options', `${candidate}^{commit}`]
    const found = await git(args, { gitDir: mirror, okCodes: [1, 128] })
    if (found.exitCode === 0) return found.stdout.toString('utf8').trim()
  }
  throw new AppError('not_found', `The repository has no branch, tag or commit \`${name}\`.`, {
    place: mirror,
    mend: 'Name one that `git branch -a` lists, and see that it is pushed or in this clone.',
  })
}

/** Over which protocol a source is reached. @throws AppError('bad_request') for what is neither a path nor a URL. */
export function protocolOf(source: string): GitProtocol {
  if (isAbsolute(source)) return 'file'
  const scheme = /^(https?|ssh|git):\/\/[^-]/.exec(source)?.[1]
  if (scheme === 'http' || scheme === 'https' || scheme === 'ssh' || scheme === 'git') return scheme
  if (/^[A-Za-z0-9._]+@[A-Za-z0-9][A-Za-z0-9.-]*:[^-]/.test(source)) return 'ssh'
  throw new AppError(
    'bad_request',
    `\`${source}\` is neither an absolute path nor a https, ssh or git URL.`,
    {
      mend: 'Give a path, https://host/owner/name.git or git@host:owner/name.git.',
    },
  )
}

/** A mirror stands whole or not at all: it is made aside and renamed. One that git no longer knows is made anew. */
async function ensureBare(mirror: string): Promise<void> {
  if (existsSync(mirror)) {
    const found = await git(['rev-parse', '--is-bare-repository'], { gitDir: mirror, okCodes: [128] })
    if (found.exitCode === 0) return
    await rename(mirror, `${mirror}.broken-${randomUUID()}`)
  }
  const fresh = `${mirror}.new-${randomUUID()}`
  try {
    await git(['init', '--quiet', '--bare', '--template=', '--initial-branch=main', fresh])
    // The gc of a person who works in a worktree must not take objects away from a run either.
    await git(['config', 'gc.auto', '0'], { gitDir: fresh })
    await mkdir(join(fresh, 'info'), { recursive: true })
    // A file that was being written when the process died is nobody's change.
    await writeFile(join(fresh, 'info', 'exclude'), `${temporaryPrefix}*\n`)
    await rename(fresh, mirror)
  } finally {
    await rm(fresh, { recursive: true, force: true })
  }
}

async function fetchAll(input: MirrorInput, protocol: GitProtocol): Promise<void> {
  const local = protocol === 'file'
  const options: GitOptions = {
    gitDir: input.mirror,
    protocols: [protocol],
    header: input.header,
    signal: input.signal,
    timeoutMs: cloneLimitMs,
    config: silence,
  }
  const shallow = (await gitText(['rev-parse', '--is-shallow-repository'], options)) === 'true'
  const args = [
    ...['fetch', '--quiet', '--prune', '--force', '--no-tags', '--no-write-fetch-head'],
    ...['--no-auto-maintenance', '--no-recurse-submodules'],
    ...(local ? ['--update-shallow', `--upload-pack=${uploadPack}`] : []),
    ...(shallow && !local ? ['--unshallow'] : []),
    ...['--', input.source],
    ...(local ? localRefs : urlRefs),
  ]
  try {
    await git([...args, headRef], options)
  } catch (error) {
    // HEAD of the source may name a branch that does not exist; its other branches are still good.
    if (!/remote ref HEAD/.test(toAppError(error).message)) throw error
    await git(args, options)
  }
}
