import { existsSync } from 'node:fs'
import { hostname } from 'node:os'
import { type Config, defaultConfig, guarded } from '@/lib/core/config'
import { configFile } from '@/lib/core/names'
import type { RunRecord } from '@/lib/core/record'
import type { RunOverrides } from '@/lib/core/trigger'
import { env } from '@/lib/env'
import { AppError } from '@/lib/errors'
import { scheduleWarnings } from '@/lib/workspace/config/clock-changes'
import { parseConfig } from '@/lib/workspace/config/parse'
import { unreadWarnings } from '@/lib/workspace/config/unread'
import { hasCommit } from '@/lib/workspace/git/bundle'
import { inspectRepository, type RepositoryFacts } from '@/lib/workspace/git/inspect'
import { fetchCommit, fetchKept, type KeptAt } from '@/lib/workspace/git/kept-refs'
import { ensureMirror, mirrorPath, resolveCommit } from '@/lib/workspace/git/mirror'
import { type GitHeader, git, gitText } from '@/lib/workspace/git/run'
import type { CommitRecord } from './keep'
import { assertTrusted } from './trust'

/** Where a run starts from: its mirror, base commit, target branch and the configuration found there. */
export interface Base {
  readonly mirror: string
  /** What the mirror is a mirror of. */
  readonly source: string
  readonly baseSha: string
  readonly target: string
  readonly mainBranch: string
  readonly config: Config
  readonly warnings: readonly string[]
}

export interface BaseInput {
  readonly home: string
  readonly run: RunRecord
  readonly header: GitHeader | undefined
  readonly record: CommitRecord
  readonly signal: AbortSignal
}

/**
 * Brings the mirror up to date and finds the base. A run that has its base already keeps it: it is never moved
 * under a change that was made on it.
 * @throws AppError('repository_unusable' | 'not_found' | 'bad_config') with the mend
 */
export async function openBase(input: BaseInput): Promise<Base> {
  const { home, run, header, signal } = input
  const { repository, overrides } = run
  const local = repository.forge === 'local' ? await inspected(run, signal) : null
  const source = local?.root ?? repository.source
  const mirror = mirrorPath(home, source)
  const known = run.baseSha !== null && (await hasCommit(mirror, run.baseSha))
  const tip = known ? null : await ensureMirror({ source, mirror, header, signal })
  if (run.baseSha !== null) await bringBase(input, { source, mirror, header, signal }, run.baseSha)
  const mainGuess =
    local?.defaultBranch ?? (await branchAt(mirror, tip?.headSha ?? null)) ?? repository.defaultBranch
  // The default branch's file may name another branch; all else is read at the base itself, as every later step does.
  const target = run.state.target || (overrides.target ?? (await mainBranchAt(mirror, mainGuess, overrides)))
  const baseSha = run.baseSha ?? (await resolveCommit(mirror, target))
  const config = await configAt(mirror, baseSha, overrides)
  assertTrusted(config, env().DEVPILOT_TRUST)
  const mainBranch = config.project.main_branch ?? mainGuess
  const text = overrides.config ?? (await fileAt(mirror, baseSha, 'devpilot.yaml')) ?? ''
  const aboutFile = overrides.write ? [] : [...unreadWarnings(text), ...scheduleWarnings(config, new Date())]
  const warnings = [...(local ? localWarnings(local) : []), ...aboutFile]
  return { mirror, source, baseSha, target, mainBranch, config, warnings }
}

export async function mainBranchAt(
  mirror: string,
  guess: string,
  overrides: Pick<RunOverrides, 'config' | 'write'>,
): Promise<string> {
  const config = await configAt(mirror, await resolveCommit(mirror, guess), overrides)
  return config.project.main_branch ?? guess
}

/** The repository on this machine. A run that was prepared elsewhere waits for the machine that has its folder. */
async function inspected(run: RunRecord, signal: AbortSignal): Promise<RepositoryFacts> {
  const { source } = run.repository
  if (run.baseSha === null || existsSync(source)) return inspectRepository(source, signal)
  throw new AppError(
    'not_found',
    `The folder ${source} of this run is not on this machine (${hostname()}).`,
    {
      place: source,
      transient: true,
      mend: 'A worker of the machine that has it goes on; or put a clone of it at the same path here.',
    },
  )
}

/**
 * The commit that a run began at, where its mirror has lost it or never had it.
 * @throws AppError('repository_unusable') when nobody gives it any more
 */
async function bringBase({ run, record }: BaseInput, at: KeptAt, sha: string): Promise<void> {
  if (await hasCommit(at.mirror, sha)) return
  if (await fetchCommit(at, sha)) return
  const kept = (await record.list()).filter(({ where }) => where === 'forge')
  for (const runId of new Set(kept.map((one) => one.runId))) await fetchKept(at, runId)
  if (await hasCommit(at.mirror, sha)) return
  throw new AppError(
    'repository_unusable',
    `The commit ${sha} that this run began at is no longer at ${run.repository.source}, and was never on this machine (${hostname()}).`,
    {
      place: at.mirror,
      mend: 'Its branch was rewritten there. Push the commit to any branch again, let the machine that prepared the run go on, or start a new run.',
    },
  )
}

/** The branch of a remote that its HEAD stands at. */
export async function branchAt(mirror: string, sha: string | null): Promise<string | null> {
  if (sha === null) return null
  const args = ['for-each-ref', '--format=%(refname:lstrip=3)', `--points-at=${sha}`, 'refs/remotes/origin']
  const names = (await gitText(args, { gitDir: mirror }))
    .split('\n')
    .filter((name) => name !== '' && name !== 'HEAD')
  return names.find((name) => name === 'main' || name === 'master') ?? names[0] ?? null
}

async function configAt(
  mirror: string,
  sha: string,
  { config: override, write }: Pick<RunOverrides, 'config' | 'write'>,
): Promise<Config> {
  const text = await fileAt(mirror, sha, configFile)
  if (write !== undefined) return configToMend(text)
  const own = text === null ? null : parseConfig(text, configFile)
  if (override === undefined) return own ?? defaultConfig()
  return guarded(parseConfig(override, 'the configuration of this run'), own)
}

/**
 * The configuration for a run that writes the file anew: one that is not valid, or asks of this machine what its owner
 * does not allow, must not stand in the way of its own mend. Without a valid one a person is asked before the merge.
 */
function configToMend(text: string | null): Config {
  const usual = defaultConfig()
  try {
    return { ...(text === null ? usual : parseConfig(text, configFile)), sandbox: usual.sandbox }
  } catch (error) {
    if (error instanceof AppError && error.code === 'bad_config') return usual
    throw error
  }
}

/** A text file of a commit, null when it has none there or it is over 1 MB. */
export async function fileAt(mirror: string, sha: string, path: string): Promise<string | null> {
  const { stdout, exitCode } = await git(['cat-file', 'blob', `${sha}:${path}`], {
    gitDir: mirror,
    okCodes: [1, 128],
    maxOutputBytes: 1_000_000,
    cutOutput: true,
  })
  return exitCode === 0 ? stdout.toString('utf8') : null
}

/** What of a checkout a run does not see, or cannot use. */
export function localWarnings(facts: RepositoryFacts): string[] {
  const said: [boolean, string][] = [
    [
      facts.dirty,
      `The checkout has ${facts.dirtyFiles.length} changed files; the run works on what is committed.`,
    ],
    [facts.shallow, 'The clone is shallow: history that it lacks cannot be used.'],
    [facts.detached, `HEAD is detached; the run works on ${facts.defaultBranch ?? 'the default branch'}.`],
    [facts.submodules.length > 0, `Submodules are left empty: ${facts.submodules.join(', ')}.`],
    [facts.usesLfs, 'Files in Git LFS are their pointers only.'],
  ]
  return said.filter(([holds]) => holds).map(([, text]) => text)
}
