import { isAbsolute } from 'node:path'
import { AppError, toAppError } from '@/lib/errors'
import { protocolOf } from '@/lib/workspace/git/mirror'
import { type GitHeader, type GitOptions, git, gitText } from '@/lib/workspace/git/run'
import { headRef, runRef } from '@/lib/workspace/git/worktree'

/** Where a run's refs are kept: its repository, a checkout of this machine or a URL. */
export interface KeptAt {
  readonly mirror: string
  readonly source: string
  readonly header: GitHeader | undefined
  readonly signal?: AbortSignal | undefined
}

const limitMs = 600_000
const folderOf = (runId: string) => `refs/devpilot/runs/${runId}/`
const ZERO = '0'.repeat(40)

export interface KeptRun {
  readonly id: string
  readonly turn: number
  readonly baseSha: string
  readonly headSha: string
  /** The run's last recorded commit: what was never recorded makes way, nothing else does. */
  readonly doneSha: string | null
}

/**
 * Puts a commit of a run, its base and its head beside the branches of its repository: `refs/devpilot/runs/<run>/<turn>`.
 * Refs move all or none, each only from where it was seen to be before the lease was looked at: a worker that sleeps
 * before that look finds the lease gone, one that sleeps after it finds the refs moved.
 * @param beforeWrite the last look at the lease; throws when it is lost
 * @throws AppError('conflict', transient) when another wrote meanwhile, or the commit is not built on what is recorded;
 *   'forge_error' when it is refused
 */
export async function pushKept(at: KeptAt, run: KeptRun, beforeWrite: () => Promise<void>): Promise<void> {
  const { doneSha, headSha } = run
  if (doneSha !== null && !(await isBuiltOn(at.mirror, headSha, doneSha))) {
    throw new AppError(
      'conflict',
      `${headSha} of run ${run.id} is not built on ${doneSha}, which is recorded.`,
      {
        place: at.source,
        transient: true,
      },
    )
  }
  const wanted = new Map([
    [runRef(run.id, 0), run.baseSha],
    [runRef(run.id, run.turn), run.headSha],
    [headRef(run.id), run.headSha],
  ])
  const seen = await listKept(at, run.id)
  const moves = [...wanted].filter(([ref, sha]) => seen.get(ref) !== sha)
  if (moves.length === 0) return
  await moveRefs(
    at,
    moves.map(([ref, sha]) => ({ ref, sha, was: seen.get(ref) ?? null })),
    beforeWrite,
  )
}

/** Removes what was kept of a run, whose row the caller holds; nothing when there is nothing. */
export async function removeKept(at: KeptAt, runId: string): Promise<void> {
  const seen = await listKept(at, runId)
  if (seen.size === 0) return
  await moveRefs(
    at,
    [...seen].map(([ref, was]) => ({ ref, sha: null, was })),
  )
}

/** Brings what is kept of a run into the mirror, below `refs/devpilot/kept/<run>/`; nothing when there is nothing. */
export async function fetchKept(at: KeptAt, runId: string): Promise<void> {
  const refs = `+${folderOf(runId)}*:refs/devpilot/kept/${runId}/*`
  const args = ['fetch', '--quiet', '--no-tags', '--no-write-fetch-head', '--no-auto-maintenance']
  await git([...args, '--no-recurse-submodules', '--', at.source, refs], optionsOf(at))
}

/** Takes one commit by its name, where the repository gives it. False where it does not. */
export async function fetchCommit(at: KeptAt, sha: string): Promise<boolean> {
  const args = ['fetch', '--quiet', '--no-tags', '--no-write-fetch-head', '--no-auto-maintenance']
  try {
    // A ref of its own: what no ref holds is not there for the next fetch either.
    const refs = `+${sha}:refs/devpilot/bases/${sha}`
    await git([...args, '--no-recurse-submodules', '--', at.source, refs], optionsOf(at))
    return true
  } catch (caught) {
    const error = toAppError(caught)
    if (error.transient || error.code === 'cancelled' || error.code === 'disk_full') throw error
    return false
  }
}

function optionsOf({ mirror, source, header, signal }: KeptAt): GitOptions {
  return {
    gitDir: mirror,
    protocols: [protocolOf(source)],
    header,
    signal,
    timeoutMs: limitMs,
    // Version 2 of the protocol gives any commit by its name.
    config: [['protocol.version', '2']],
  }
}

async function isBuiltOn(mirror: string, sha: string, base: string): Promise<boolean> {
  const options = { gitDir: mirror, okCodes: [1, 128] }
  return (await git(['merge-base', '--is-ancestor', base, sha], options)).exitCode === 0
}

async function listKept(at: KeptAt, runId: string): Promise<Map<string, string>> {
  const lines = isAbsolute(at.source)
    ? await gitText(['for-each-ref', '--format=%(objectname)\t%(refname)', folderOf(runId)], {
        cwd: at.source,
      })
    : await gitText(['ls-remote', '--', at.source, `${folderOf(runId)}*`], optionsOf(at))
  return new Map(
    lines.split('\n').flatMap((line) => {
      const [sha, ref] = line.split('\t')
      return sha && ref ? [[ref, sha]] : []
    }),
  )
}

interface Move {
  readonly ref: string
  /** null: it is to go. */
  readonly sha: string | null
  readonly was: string | null
}

async function moveRefs(
  at: KeptAt,
  moves: readonly Move[],
  beforeWrite = () => Promise.resolve(),
): Promise<void> {
  try {
    if (isAbsolute(at.source)) await moveHere(at, moves, beforeWrite)
    else await moveThere(at, moves, beforeWrite)
  } catch (caught) {
    const error = toAppError(caught)
    if (/stale info|but expected|already exists|unable to resolve reference/.test(error.message))
      throw new AppError('conflict', 'Another worker keeps commits of this run.', {
        place: at.source,
        transient: true,
        cause: error,
      })
    if (error.code !== 'git_error') throw error
    throw new AppError('forge_error', `The run's commits could not be kept: ${error.message}`, {
      place: at.source,
      transient: error.transient,
      mend: 'Give the token contents: write on this repository, or set `workspace.keep: database`.',
      cause: error,
    })
  }
}

/** In a repository of this machine: fetched there and not pushed, so that none of its hooks run. */
async function moveHere(
  { mirror, source, signal }: KeptAt,
  moves: readonly Move[],
  beforeWrite: () => Promise<void>,
): Promise<void> {
  const shas = [...new Set(moves.flatMap(({ sha }) => (sha === null ? [] : [sha])))]
  if (shas.length > 0) {
    const args = ['fetch', '--quiet', '--no-tags', '--no-write-fetch-head', '--no-auto-gc', mirror, ...shas]
    await git(args, {
      cwd: source,
      protocols: ['file'],
      timeoutMs: limitMs,
      signal,
      config: [['protocol.version', '2']],
    })
  }
  const lines = moves.map(({ ref, sha, was }) =>
    sha === null ? `delete ${ref} ${was ?? ZERO}` : `update ${ref} ${sha} ${was ?? ZERO}`,
  )
  await beforeWrite()
  await git(['update-ref', '--stdin'], { cwd: source, input: `${lines.join('\n')}\n` })
}

async function moveThere(
  at: KeptAt,
  moves: readonly Move[],
  beforeWrite: () => Promise<void>,
): Promise<void> {
  // Not --porcelain: with it what was refused, and why, is no part of the error.
  const args = ['push', '--quiet', '--no-verify', '--atomic']
  const leases = moves.map(({ ref, was }) => `--force-with-lease=${ref}:${was ?? ''}`)
  const specs = moves.map(({ ref, sha }) => `${sha ?? ''}:${ref}`)
  await beforeWrite()
  await git([...args, ...leases, '--', at.source, ...specs], optionsOf(at))
}
