import { constants } from 'node:fs'
import { access, mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { branchName } from '@/lib/core/branch'
import type { RunRecord } from '@/lib/core/record'
import { isTestPath } from '@/lib/core/test-guard'
import { AppError, toAppError } from '@/lib/errors'
import type { Bench } from '@/lib/steps/ports'
import { commitDiffs, diffBetween, isAt } from '@/lib/workspace/git/changes'
import type { KeptAt } from '@/lib/workspace/git/kept-refs'
import { ensureMirror, resolveCommit } from '@/lib/workspace/git/mirror'
import { type GitHeader, git, gitText, nulSeparated } from '@/lib/workspace/git/run'
import {
  createWorktree,
  headRef,
  isWhole,
  lastTurn,
  removeWorktree,
  restoreWorktree,
  runRef,
  type Worktree,
} from '@/lib/workspace/git/worktree'
import { rankFiles } from '@/lib/workspace/map/map'
import { detectProject, projectSettings } from '@/lib/workspace/project/detect'
import { directoryReader } from '@/lib/workspace/project/reader'
import { runsAsRoot, sandboxUser } from '@/lib/workspace/sandbox/ownership'
import { commandsRefused, selectSandbox } from '@/lib/workspace/sandbox/select'
import { openWorkspace, type RunWorkspace } from '@/lib/workspace/workspace'
import { type Base, fileAt, openBase } from './base'
import { checkCheckout } from './checkout'
import { openChecks } from './checks'
import { describeProject } from './describe'
import { type CommitRecord, commitKeeper } from './keep'
import { nearest } from './nearest'
import { alignRefs, bringCommits } from './rebuild'

export interface OpenBench {
  readonly home: string
  readonly run: RunRecord
  /** The bead was begun by a worker that is gone: what its last turn left undone is undone. */
  readonly resumed: boolean
  /** The commit that the step began at; null before there is one. Prompts are made of it, on every resume alike. */
  readonly beganAt: string | null
  readonly record: CommitRecord
  readonly header: GitHeader | undefined
  readonly log: (line: string) => void
  readonly signal: AbortSignal
}

/** Opens a run's repository: mirror, checkout, project, sandbox. What is there already is used. */
export async function openBench(input: OpenBench): Promise<Bench> {
  const { home, run, header, signal, log, record } = input
  const folder = join(home, 'worktrees', run.id)
  await makeFolder(home, folder)
  const base = await openBase(input)
  const place = { source: base.source, header, signal }
  const worktree = await checkout(input, base, folder, { ...place, mirror: base.mirror })
  const at = run.headSha ?? base.baseSha
  const keep = commitKeeper({ worktree, at, mode: base.config.workspace.keep, place, record, log })
  const { beforeWrite } = record
  const check = checkCheckout({ ...base, folder, runId: run.id, owner: owner(), signal, beforeWrite })
  await check.put(base.baseSha)
  const project = await detectProject(await directoryReader(check.root), projectSettings(base.config))
  const { adapter, image } = base.config.sandbox
  const { sandbox, reports } = await selectSandbox({ choice: adapter, ...(image ? { image } : {}) })
  await mkdir(join(folder, 'home'), { recursive: true })
  const refused = sandbox ? [] : [`Commands are refused: ${commandsRefused(reports)}`]
  const readBase = (path: string) => fileAt(base.mirror, base.baseSha, path)
  const protectedPaths = base.config.project.protected_paths
  const open = (scope: readonly string[] | null, author?: 'agent' | 'person') => {
    const rules = { scope, protectedPaths: author === 'person' ? [] : protectedPaths }
    return kept(openWorkspace({ worktree, ...rules, beforeWrite, signal }), keep)
  }
  const workspace = open(null)
  return {
    config: base.config,
    facts: await describeProject(project, base, readBase, refused),
    baseSha: base.baseSha,
    branch: worktree.branch,
    target: base.target,
    mainBranch: base.mainBranch,
    mirror: base.mirror,
    workspace: open,
    diffBefore: () =>
      input.beganAt === null ? workspace.diff() : diffBetween(worktree, base.baseSha, input.beganAt),
    commitDiffs: async () => commitDiffs(worktree, base.baseSha, await workspace.headSha()),
    changed: () => workspace.changedFiles(),
    ...openChecks({
      base,
      project,
      sandbox,
      refused,
      check,
      workspace,
      beforeWrite,
      home,
      folder,
      log,
      signal,
    }),
    async map(task, budgetTokens) {
      // Where the step began: the map stands in the first message, which must not change when a step is resumed.
      const treeSha = input.beganAt ?? (await workspace.headSha())
      const cacheDir = join(home, 'cache', 'map')
      return (await rankFiles({ gitDir: base.mirror, treeSha, task, budgetTokens, cacheDir, signal })).text
    },
    readBase,
    async testsNear(paths) {
      // As when the step began, for the same reason as the map.
      const args = ['ls-tree', '-r', '-z', '--name-only', '--full-tree', input.beganAt ?? base.baseSha]
      const files = nulSeparated((await git(args, { gitDir: base.mirror })).stdout)
      return nearest(files.filter(isTestPath), paths)
    },
    async targetTip() {
      const { source } = run.repository
      await ensureMirror({ source, mirror: base.mirror, header: input.header, signal })
      return resolveCommit(base.mirror, base.target)
    },
    async adopt() {
      const theirs = await adopt(input, base, worktree)
      await keep()
      return theirs
    },
    async remove() {
      await beforeWrite()
      await removeWorktree(worktree)
      await check.remove()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** A workspace none of whose commits is on this machine alone. */
function kept(workspace: RunWorkspace, keep: () => Promise<void>): RunWorkspace {
  return {
    ...workspace,
    async commit(message) {
      const sha = await workspace.commit(message)
      // Also when nothing changed: an earlier commit may not have been kept.
      await keep()
      return sha
    },
  }
}

/** Who worktrees belong to: as root, the user that sandboxed commands run as. */
function owner() {
  return runsAsRoot() ? sandboxUser() : undefined
}

/** @throws AppError('bad_config') before anything is done in a home that cannot be written to */
async function makeFolder(home: string, folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true })
    await access(folder, constants.W_OK)
  } catch (cause) {
    const error = toAppError(cause)
    if (error.code === 'disk_full') throw error
    throw new AppError('bad_config', `Nothing can be written in ${home}: ${error.message}`, {
      place: 'DEVPILOT_HOME',
      mend: 'Give the user that runs DevPilot the folder, or set DEVPILOT_HOME to another one.',
      cause,
    })
  }
}

/** The run's files at its last recorded commit, whichever machine made it. */
async function checkout(input: OpenBench, base: Base, folder: string, at: KeptAt): Promise<Worktree> {
  const { run, resumed, record, signal } = input
  const branch = run.branch ?? branchName(run)
  const { mirror, baseSha } = base
  const worktree = { mirror, root: join(folder, 'files'), runId: run.id, branch, baseSha }
  const made = { ...worktree, owner: owner(), signal, beforeWrite: record.beforeWrite }
  const head = run.headSha ?? baseSha
  const rebuild = { run, at, record }
  const brought = await bringCommits(rebuild, head)
  const begun = await git(['rev-parse', '--verify', '--quiet', headRef(run.id)], {
    gitDir: mirror,
    okCodes: [1],
  })
  // What was fetched for so long may be a heir's to check out by now.
  await record.beforeWrite()
  if (begun.exitCode !== 0 && head === baseSha) return createWorktree(made)
  const refs = await alignRefs(rebuild, { branch, head, brought })
  // A person who cancels, or skips, leaves half a turn behind, and the next bead is a new one.
  const may = !resumed && refs === 'as it was' && isWhole(worktree)
  return may && (await isAt(worktree, head)) ? worktree : restoreWorktree({ ...made, ref: head })
}

/**
 * Commits of people on the run's branch at its source become the run's head.
 * @throws AppError('conflict') when they are not built on it
 */
async function adopt(input: OpenBench, base: Base, worktree: Worktree): Promise<string | null> {
  const { run, header, signal, record } = input
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
  const { beforeWrite } = record
  await beforeWrite()
  await restoreWorktree({ ...worktree, ref: sha, owner: owner(), signal, beforeWrite })
  const turn = (await lastTurn(base.mirror, run.id)) + 1
  await git(['update-ref', runRef(run.id, turn), sha], { gitDir: base.mirror, beforeWrite })
  return sha
}
