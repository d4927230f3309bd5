import { type Config, defaultConfig, guarded } from '@/lib/core/config'
import type { RunRecord } from '@/lib/core/record'
import { env } from '@/lib/env'
import { AppError } from '@/lib/errors'
import { scheduleWarnings } from '@/lib/workspace/config/clock-changes'
import { parseConfig } from '@/lib/workspace/config/parse'
import { unreadWarnings } from '@/lib/workspace/config/unread'
import { inspectRepository, type RepositoryFacts } from '@/lib/workspace/git/inspect'
import { ensureMirror, mirrorPath, resolveCommit } from '@/lib/workspace/git/mirror'
import { type GitHeader, git, gitText } from '@/lib/workspace/git/run'
import { assertTrusted } from './trust'

/** Where a run starts from: its mirror, base commit, target branch and the configuration found there. */
export interface Base {
  readonly mirror: string
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
  readonly signal: AbortSignal
}

/**
 * Brings the mirror up to date and finds the base. A run that has its base already keeps it: it is never moved
 * under a change that was made on it.
 * @throws AppError('repository_unusable' | 'not_found' | 'bad_config') with the mend
 */
export async function openBase({ home, run, header, signal }: BaseInput): Promise<Base> {
  const { repository, overrides } = run
  const local = repository.forge === 'local' ? await inspectRepository(repository.source, signal) : null
  const source = local?.root ?? repository.source
  const mirror = mirrorPath(home, source)
  const known = run.baseSha !== null && (await hasCommit(mirror, run.baseSha))
  const tip = known ? null : await ensureMirror({ source, mirror, header, signal })
  const mainGuess =
    local?.defaultBranch ?? (await branchAt(mirror, tip?.headSha ?? null)) ?? repository.defaultBranch
  // The default branch's file may name another branch; all else is read at the base itself, as every later step does.
  const target =
    run.state.target || (overrides.target ?? (await mainBranchAt(mirror, mainGuess, overrides.config)))
  const baseSha = run.baseSha ?? (await resolveCommit(mirror, target))
  const config = await configAt(mirror, baseSha, overrides.config)
  assertTrusted(config, env().DEVPILOT_TRUST)
  const mainBranch = config.project.main_branch ?? mainGuess
  const text = overrides.config ?? (await fileAt(mirror, baseSha, 'devpilot.yaml')) ?? ''
  const aboutFile = [...unreadWarnings(text), ...scheduleWarnings(config, new Date())]
  const warnings = [...(local ? warningsOf(local) : []), ...aboutFile]
  return { mirror, baseSha, target, mainBranch, config, warnings }
}

export async function mainBranchAt(
  mirror: string,
  guess: string,
  override: string | undefined,
): Promise<string> {
  const config = await configAt(mirror, await resolveCommit(mirror, guess), override)
  return config.project.main_branch ?? guess
}

async function hasCommit(mirror: string, sha: string): Promise<boolean> {
  try {
    const { exitCode } = await git(['cat-file', '-e', `${sha}^{commit}`], {
      gitDir: mirror,
      okCodes: [1, 128],
    })
    return exitCode === 0
  } catch (error) {
    if (error instanceof AppError) return false
    throw error
  }
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

async function configAt(mirror: string, sha: string, override: string | undefined): Promise<Config> {
  const text = await fileAt(mirror, sha, 'devpilot.yaml')
  const own = text === null ? null : parseConfig(text, 'devpilot.yaml')
  if (override === undefined) return own ?? defaultConfig()
  return guarded(parseConfig(override, 'the configuration of this run'), own)
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

function warningsOf(facts: RepositoryFacts): string[] {
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
