import { existsSync } from 'node:fs'
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { branchName } from '@/lib/core/branch'
import type { RunRecord } from '@/lib/core/record'
import { isTestPath } from '@/lib/core/test-guard'
import { AppError } from '@/lib/errors'
import type { Bench } from '@/lib/steps/ports'
import { diffBetween } from '@/lib/workspace/git/changes'
import { ensureMirror, resolveCommit } from '@/lib/workspace/git/mirror'
import { type GitHeader, git, gitText } from '@/lib/workspace/git/run'
import {
  createWorktree,
  headRef,
  removeWorktree,
  restoreWorktree,
  runRef,
  type Worktree,
  type WorktreeInput,
} from '@/lib/workspace/git/worktree'
import { rankFiles } from '@/lib/workspace/map/map'
import { detectProject, projectSettings } from '@/lib/workspace/project/detect'
import { directoryReader } from '@/lib/workspace/project/reader'
import { runsAsRoot, sandboxUser } from '@/lib/workspace/sandbox/ownership'
import { commandsRefused, selectSandbox } from '@/lib/workspace/sandbox/select'
import { openWorkspace } from '@/lib/workspace/workspace'
import { type Base, fileAt, openBase } from './base'
import { checkCheckout } from './checkout'
import { openChecks } from './checks'
import { describeProject } from './describe'
import { nearest } from './nearest'

export interface OpenBench {
  readonly home: string
  readonly run: RunRecord
  /** The bead was begun by a worker that is gone: what its last turn left undone is undone. */
  readonly resumed: boolean
  readonly header: GitHeader | undefined
  readonly log: (line: string) => void
  readonly signal: AbortSignal
}

/** Opens a run's repository: mirror, checkout, project, sandbox. What is there already is used. */
export async function openBench(input: OpenBench): Promise<Bench> {
  const { home, run, signal } = input
  const base = await openBase(input)
  await assertHead(input, base)
  const folder = join(home, 'worktrees', run.id)
  const worktree = await checkout(input, base, folder)
  const check = checkCheckout({ ...base, folder, runId: run.id, owner: owner(), signal })
  await check.put(base.baseSha)
  const project = await detectProject(await directoryReader(check.root), projectSettings(base.config))
  const { adapter, image } = base.config.sandbox
  const { sandbox, reports } = await selectSandbox({ choice: adapter, ...(image ? { image } : {}) })
  await mkdir(join(folder, 'home'), { recursive: true })
  const refused = sandbox ? [] : [`Commands are refused: ${commandsRefused(reports)}`]
  const readBase = (path: string) => fileAt(base.mirror, base.baseSha, path)
  const protectedPaths = base.config.project.protected_paths
  const workspace = openWorkspace({ worktree, scope: null, protectedPaths })
  return {
    config: base.config,
    facts: await describeProject(project, base, readBase, refused),
    baseSha: base.baseSha,
    branch: worktree.branch,
    target: base.target,
    mainBranch: base.mainBranch,
    mirror: base.mirror,
    workspace: (scope) => openWorkspace({ worktree, scope, protectedPaths }),
    diffBefore: () =>
      run.headSha === null ? workspace.diff() : diffBetween(worktree, base.baseSha, run.headSha),
    changed: () => workspace.changedFiles(),
    ...openChecks({
      base,
      project,
      sandbox,
      refused,
      check,
      workspace,
      home,
      folder,
      log: input.log,
      signal,
    }),
    async map(task, budgetTokens) {
      // Where the step began: the map stands in the first message, which must not change when a step is resumed.
      const treeSha = run.headSha ?? (await workspace.headSha())
      const cacheDir = join(home, 'cache', 'map')
      return (await rankFiles({ gitDir: base.mirror, treeSha, task, budgetTokens, cacheDir, signal })).text
    },
    readBase,
    async testsNear(paths) {
      const { files } = await workspace.listFiles({ limit: 100_000 })
      return nearest(files.filter(isTestPath), paths)
    },
    async targetTip() {
      const { source } = run.repository
      await ensureMirror({ source, mirror: base.mirror, header: input.header, signal })
      return resolveCommit(base.mirror, base.target)
    },
    adopt: () => adopt(input, base, worktree),
    async remove() {
      await removeWorktree(worktree)
      await check.remove()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** Who worktrees belong to: as root, the user that sandboxed commands run as. */
function owner() {
  return runsAsRoot() ? sandboxUser() : undefined
}

/**
 * A run's commits are in the mirror alone until they are pushed. One that has lost them must not begin again at its
 * base as if nothing had been done.
 */
async function assertHead({ run }: OpenBench, { mirror, baseSha }: Base): Promise<void> {
  const { headSha } = run
  if (headSha === null || headSha === baseSha) return
  const found = await git(['cat-file', '-e', `${headSha}^{commit}`], { gitDir: mirror, okCodes: [1, 128] })
  if (found.exitCode === 0) return
  throw new AppError('repository_unusable', `The commits of this run (${headSha}) are not on this machine.`, {
    place: mirror,
    mend: 'Let the machine that has its mirror go on with it, or start a new run.',
  })
}

async function checkout({ run, resumed, signal }: OpenBench, base: Base, folder: string): Promise<Worktree> {
  const branch = run.branch ?? branchName(run)
  const worktree = {
    mirror: base.mirror,
    root: join(folder, 'files'),
    runId: run.id,
    branch,
    baseSha: base.baseSha,
  }
  const made = { ...worktree, owner: owner(), signal }
  const options = { gitDir: base.mirror, okCodes: [1] }
  const { exitCode } = await git(['rev-parse', '--verify', '--quiet', headRef(run.id)], options)
  if (exitCode !== 0) {
    if (run.forkedAt?.headSha) return startFork(made, run.forkedAt.headSha, run.forkedAt.ref)
    const { headSha } = run
    // The commits came with the pushed branch, to a mirror that never had the run itself.
    return headSha === null || headSha === base.baseSha
      ? createWorktree(made)
      : restoreWorktree({ ...made, ref: headSha })
  }
  const whole = existsSync(join(worktree.root, '.git'))
  return resumed || !whole ? restoreWorktree({ ...made, ref: headRef(run.id) }) : worktree
}

/** At the commit of the original, under refs of its own that are counted on from the original's. */
async function startFork(made: WorktreeInput, headSha: string, ref: number): Promise<Worktree> {
  await git(['update-ref', runRef(made.runId, ref), headSha], { gitDir: made.mirror })
  return restoreWorktree({ ...made, ref: headSha })
}

/**
 * Commits of people on the run's branch at its source become the run's head.
 * @throws AppError('conflict') when they are not built on it
 */
async function adopt(input: OpenBench, base: Base, worktree: Worktree): Promise<string | null> {
  const { run, header, signal } = input
  await ensureMirror({ source: run.repository.source, mirror: base.mirror, header, signal })
  const options = { gitDir: base.mirror, okCodes: [1] }
  const place = `refs/remotes/origin/${worktree.branch}`
  const theirs = await git(['rev-parse', '--verify', '--quiet', place], options)
  if (theirs.exitCode !== 0) return null
  const sha = theirs.stdout.toString('utf8').trim()
  const ours = await gitText(['rev-parse', headRef(run.id)], { gitDir: base.mirror })
  if (sha === ours) return null
  const built = await git(['merge-base', '--is-ancestor', ours, sha], options)
  if (built.exitCode !== 0) {
    // Older than ours: it was not pushed to since.
    const behind = await git(['merge-base', '--is-ancestor', sha, ours], options)
    if (behind.exitCode === 0) return null
    throw new AppError(
      'conflict',
      `The branch ${worktree.branch} was changed to ${sha}, which is not built on ${ours}.`,
      {
        place: worktree.branch,
        mend: `Put the commits on top of ${ours}, or delete the branch there, then \`devpilot runs retry <run>\`.`,
      },
    )
  }
  await restoreWorktree({ ...worktree, ref: sha, owner: owner(), signal })
  return sha
}
