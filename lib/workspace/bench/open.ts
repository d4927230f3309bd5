import { existsSync } from 'node:fs'
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Evidence } from '@/lib/core/evidence'
import type { RunRecord } from '@/lib/core/record'
import { isTestPath } from '@/lib/core/test-guard'
import { AppError } from '@/lib/errors'
import type { Bench, CheckOptions } from '@/lib/steps/ports'
import { ensureMirror } from '@/lib/workspace/git/mirror'
import { type GitHeader, git, gitText } from '@/lib/workspace/git/run'
import {
  createWorktree,
  headRef,
  removeWorktree,
  restoreWorktree,
  type Worktree,
} from '@/lib/workspace/git/worktree'
import { rankFiles } from '@/lib/workspace/map/map'
import { type DependencyLayer, ensureDependencies } from '@/lib/workspace/project/dependencies'
import { detectProject } from '@/lib/workspace/project/detect'
import { directoryReader } from '@/lib/workspace/project/reader'
import { type CheckInput, runLint, runTests, runTypes } from '@/lib/workspace/project/run-checks'
import { runsAsRoot, sandboxUser } from '@/lib/workspace/sandbox/ownership'
import { commandsRefused, selectSandbox } from '@/lib/workspace/sandbox/select'
import { openWorkspace } from '@/lib/workspace/workspace'
import { type Base, fileAt, openBase } from './base'
import { checkCheckout } from './checkout'
import { describeProject } from './describe'

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
  const folder = join(home, 'worktrees', run.id)
  const owner = runsAsRoot() ? sandboxUser() : undefined
  const worktree = await checkout(input, base, folder)
  const check = checkCheckout({ ...base, folder, runId: run.id, owner, signal })
  await check.put(base.baseSha)
  const project = await detectProject(await directoryReader(check.root), base.config.project)
  const { sandbox, reports } = await selectSandbox({
    choice: base.config.sandbox.adapter,
    ...(base.config.sandbox.image ? { image: base.config.sandbox.image } : {}),
  })
  const agentHome = join(folder, 'home')
  await mkdir(agentHome, { recursive: true })
  const commands = sandbox ? [] : [`Commands are refused: ${commandsRefused(reports)}`]
  const facts = await describeProject(
    project,
    base,
    (path) => fileAt(base.mirror, base.baseSha, path),
    commands,
  )
  const protectedPaths = base.config.project.protected_paths
  const workspace = openWorkspace({ worktree, scope: null, protectedPaths })
  const headSha = () => workspace.headSha()

  let layer: { readonly key: string; readonly made: DependencyLayer } | null = null
  const layerAt = async (sha: string): Promise<DependencyLayer> => {
    if (!sandbox) throw new AppError('sandbox_unavailable', commandsRefused(reports))
    if (layer?.key === sha) return layer.made
    const at =
      sha === base.baseSha
        ? project
        : await detectProject(await directoryReader(check.root), base.config.project)
    // Later commits may have another lock file; commands stay those of the base.
    const wanted = { ...project, inputs: at.inputs }
    const made = await ensureDependencies({
      sandbox,
      workspace: check.root,
      cacheDir: join(home, 'cache'),
      project: wanted,
      log: input.log,
      signal,
    })
    layer = { key: sha, made }
    return made
  }
  const ready = async (options: CheckOptions): Promise<CheckInput | null> => {
    if (!sandbox) return null
    if (options.at === undefined) await workspace.commit('devpilot: before a check')
    const sha = options.at ?? (await headSha())
    await check.put(sha, options.overlay)
    const { timeout_seconds: seconds, memory_mb: megabytes, processes } = base.config.sandbox
    const limits = { timeoutMs: seconds * 1_000, memoryBytes: megabytes * 1_048_576, processes }
    const commit = options.overlay ? options.overlay.from : sha
    return {
      sandbox,
      workspace: check.root,
      home: agentHome,
      layer: await layerAt(sha),
      project,
      limits,
      commit,
      signal,
    }
  }
  return {
    config: base.config,
    facts,
    baseSha: base.baseSha,
    branch: worktree.branch,
    target: base.target,
    mainBranch: base.mainBranch,
    mirror: base.mirror,
    workspace: (scope) => openWorkspace({ worktree, scope, protectedPaths }),
    changed: () => workspace.changedFiles(),
    install: () =>
      install(base.baseSha, async () => {
        await check.put(await headSha())
        return sandbox ? layerAt(await headSha()) : null
      }),
    async tests(options = {}) {
      const at = await ready(options)
      return at
        ? ((await runTests({ ...at, ...(options.files ? { files: options.files } : {}) }))?.tests ?? null)
        : null
    },
    async lint(options = {}) {
      const at = await ready(options)
      return at ? runLint(at) : null
    },
    async types(options = {}) {
      const at = await ready(options)
      return at ? runTypes(at) : null
    },
    async coverage(options = {}) {
      if (project.coverage === null) return null
      const at = await ready(options)
      return at ? ((await runTests({ ...at, coverage: true }))?.coverage ?? null) : null
    },
    async map(task, budgetTokens) {
      const treeSha = await headSha()
      const cacheDir = join(home, 'cache', 'map')
      return (await rankFiles({ gitDir: base.mirror, treeSha, task, budgetTokens, cacheDir, signal })).text
    },
    readBase: (path) => fileAt(base.mirror, base.baseSha, path),
    async testsNear(paths) {
      const { files } = await workspace.listFiles({ limit: 100_000 })
      return nearest(files.filter(isTestPath), paths)
    },
    adopt: () => adopt(input, base, worktree),
    async remove() {
      await removeWorktree(worktree)
      await check.remove()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

async function install(commit: string, layerOf: () => Promise<DependencyLayer | null>): Promise<Evidence> {
  const begun = performance.now()
  const layer = await layerOf()
  return {
    kind: 'setup',
    command: layer?.command ?? null,
    hash: layer?.hash ?? '',
    cached: layer?.cached ?? true,
    durationMs: Math.round(performance.now() - begun),
    warnings: [...(layer?.warnings ?? [])],
    commit,
  }
}

async function checkout(input: OpenBench, base: Base, folder: string): Promise<Worktree> {
  const { run, signal } = input
  const owner = runsAsRoot() ? sandboxUser() : undefined
  const branch = run.branch ?? branchName(run)
  const worktree = {
    mirror: base.mirror,
    root: join(folder, 'files'),
    runId: run.id,
    branch,
    baseSha: base.baseSha,
    owner,
    signal,
  }
  const { exitCode } = await git(['rev-parse', '--verify', '--quiet', headRef(run.id)], {
    gitDir: base.mirror,
    okCodes: [1],
  })
  if (exitCode !== 0) return createWorktree(worktree)
  if (input.resumed || !existsSync(join(worktree.root, '.git')))
    return restoreWorktree({ ...worktree, ref: headRef(run.id) })
  return { mirror: base.mirror, root: worktree.root, runId: run.id, branch, baseSha: base.baseSha }
}

/** `devpilot/parse-drops-fractions-1a2b3c`: the title, and the end of the run's id. */
function branchName(run: RunRecord): string {
  const slug = run.title
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, 40)
    .replace(/^-+|-+$/g, '')
  return `devpilot/${slug || run.flow}-${run.id.slice(-6)}`
}

/** Commits of people on the run's branch at its source become the run's head, when they are built on it. */
async function adopt(input: OpenBench, base: Base, worktree: Worktree): Promise<string | null> {
  const { run, header, signal } = input
  await ensureMirror({ source: run.repository.source, mirror: base.mirror, header, signal })
  const options = { gitDir: base.mirror, okCodes: [1] }
  const theirs = await git(
    ['rev-parse', '--verify', '--quiet', `refs/remotes/origin/${worktree.branch}`],
    options,
  )
  if (theirs.exitCode !== 0) return null
  const sha = theirs.stdout.toString('utf8').trim()
  const ours = await gitText(['rev-parse', headRef(run.id)], { gitDir: base.mirror })
  if (sha === ours) return null
  const built = await git(['merge-base', '--is-ancestor', ours, sha], options)
  if (built.exitCode !== 0) return null
  const owner = runsAsRoot() ? sandboxUser() : undefined
  await restoreWorktree({ ...worktree, ref: sha, owner, signal })
  return sha
}

/** Test files that share most of their path or name with a changed file. */
function nearest(tests: readonly string[], paths: readonly string[]): string[] {
  const stems = paths.map((path) => stem(path)).filter((word) => word.length > 2)
  const folders = paths.map((path) => path.split('/').slice(0, -1).join('/'))
  const score = (test: string) =>
    stems.filter((word) => test.includes(word)).length * 3 +
    folders.filter((folder) => folder !== '' && test.startsWith(folder)).length
  return [...tests]
    .map((test) => ({ test, score: score(test) }))
    .sort((a, b) => b.score - a.score || (a.test < b.test ? -1 : 1))
    .slice(0, 15)
    .map(({ test }) => test)
}

function stem(path: string): string {
  return (path.split('/').at(-1) ?? '').replace(/\.[^.]+$/, '').replace(/^_+/, '')
}
