import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Checked, ok, warn } from '@/lib/core/checked'
import type { RunRecord } from '@/lib/core/record'
import { AppError } from '@/lib/errors'
import { localWarnings } from '@/lib/workspace/bench/base'
import { inspectRepository } from '@/lib/workspace/git/inspect'
import { protocolOf } from '@/lib/workspace/git/mirror'
import { type GitHeader, type GitOptions, git, gitText } from '@/lib/workspace/git/run'

/** A place to read a repository's files from, without keeping anything of it. */
export interface Opened {
  readonly source: string
  readonly at: GitOptions
  readonly branch: string
  readonly checks: readonly Checked[]
  /** The commit of a branch; null where there is no such branch. */
  commitOf(branch: string): Promise<string | null>
  close(): Promise<void>
}

type Place = Pick<RunRecord['repository'], 'forge' | 'source'>

const ANSWER_MS = 20_000
const FETCH_MS = 60_000

/** @throws AppError with what is wrong and the mend: no repository, bare, empty, no answer, no access. */
export function openSource(
  place: Place,
  header: GitHeader | undefined,
  signal: AbortSignal,
): Promise<Opened> {
  return place.forge === 'local' ? openLocal(place.source, signal) : openRemote(place.source, header, signal)
}

async function openLocal(source: string, signal: AbortSignal): Promise<Opened> {
  const facts = await inspectRepository(source, signal)
  const branch = facts.defaultBranch ?? 'HEAD'
  const at = { cwd: facts.root, signal }
  const mend = 'A run works on what is committed to the base branch, whole clones and plain files.'
  return {
    source: facts.root,
    at,
    branch,
    checks: [
      ok('reachable', `${facts.root}, ${facts.trackedFiles} files`),
      ...localWarnings(facts).map((text) => warn('checkout', text, shallowMend(text) ?? mend)),
    ],
    commitOf: (name) => commit(at, name === 'HEAD' ? 'HEAD' : `refs/heads/${name}`),
    close: async () => undefined,
  }
}

function shallowMend(text: string): string | null {
  return text.includes('shallow') ? 'Fetch the rest: git fetch --unshallow.' : null
}

async function openRemote(
  source: string,
  header: GitHeader | undefined,
  signal: AbortSignal,
): Promise<Opened> {
  const remote: GitOptions = { protocols: [protocolOf(source)], header, signal, timeoutMs: ANSWER_MS }
  const listed = await gitText(['ls-remote', '--symref', '--', source, 'HEAD'], remote)
  const branch = /^ref: refs\/heads\/(\S+)\tHEAD$/m.exec(listed)?.[1]
  if (branch === undefined) {
    throw new AppError('repository_unusable', `${source} answers, and has no commit on its default branch.`, {
      place: source,
      mend: 'Push something to it first.',
    })
  }
  const folder = await mkdtemp(join(tmpdir(), 'devpilot-look-'))
  const close = () => rm(folder, { recursive: true, force: true })
  const at: GitOptions = { gitDir: folder, signal }
  const fetched = new Set<string>()
  const fetchBranch = async (name: string): Promise<void> => {
    if (fetched.has(name)) return
    const refs = `+refs/heads/${name}:refs/heads/${name}`
    const args = ['fetch', '--quiet', '--depth=1', '--no-tags', '--no-write-fetch-head', '--', source, refs]
    await git(args, { ...remote, ...at, timeoutMs: FETCH_MS })
    fetched.add(name)
  }
  try {
    await git(['init', '--quiet', '--bare', '--template=', folder])
    await fetchBranch(branch)
  } catch (error) {
    await close()
    throw error
  }
  return {
    source,
    at,
    branch,
    checks: [ok('reachable', `${source} answers`)],
    async commitOf(name) {
      if (name !== branch) await fetchBranch(name).catch(nothingThere)
      return commit(at, `refs/heads/${name}`)
    },
    close,
  }
}

function nothingThere(error: unknown): void {
  if (!(error instanceof AppError && /remote ref/.test(error.message))) throw error
}

async function commit(at: GitOptions, name: string): Promise<string | null> {
  const found = await git(['rev-parse', '--verify', '--quiet', `${name}^{commit}`], { ...at, okCodes: [1] })
  return found.exitCode === 0 ? found.stdout.toString('utf8').trim() : null
}
