import { join } from 'node:path'
import { AppError } from '@/lib/errors'
import type { Bench, CheckOptions } from '@/lib/steps/ports'
import { type DependencyLayer, ensureDependencies } from '@/lib/workspace/project/dependencies'
import { detectProject, projectSettings } from '@/lib/workspace/project/detect'
import type { Project } from '@/lib/workspace/project/project'
import { directoryReader } from '@/lib/workspace/project/reader'
import { type CheckInput, runLint, runTests, runTypes } from '@/lib/workspace/project/run-checks'
import type { Sandbox } from '@/lib/workspace/sandbox/sandbox'
import type { RunWorkspace } from '@/lib/workspace/workspace'
import type { Base } from './base'
import type { CheckCheckout } from './checkout'
import { configuredMounts } from './paths'

interface Checks {
  readonly base: Base
  readonly project: Project
  /** null: none works here, and commands are refused with this reason. */
  readonly sandbox: Sandbox | null
  readonly refused: readonly string[]
  readonly check: CheckCheckout
  readonly workspace: RunWorkspace
  readonly beforeWrite: () => Promise<void>
  readonly home: string
  readonly folder: string
  readonly log: (line: string) => void
  readonly signal: AbortSignal
}

/**
 * The repository's commands, always run on the check checkout at a commit: what a command writes never gets into
 * the change, and what an agent left lying about never helps a test.
 */
export function openChecks(input: Checks): Pick<Bench, 'install' | 'suite' | 'lint' | 'types'> {
  const layers = new Map<string, Promise<DependencyLayer>>()
  const layerAt = (sha: string): Promise<DependencyLayer> => {
    const known = layers.get(sha) ?? dependencies(input, sha)
    layers.set(sha, known)
    return known
  }
  const ready = async (options: CheckOptions): Promise<CheckInput | null> => {
    if (!input.sandbox) return null
    if (options.at === undefined) await input.workspace.commit('devpilot: before a check')
    const sha = options.at ?? (await input.workspace.headSha())
    await input.check.put(sha, options.overlay)
    const layer = await layerAt(sha)
    // Dependencies take minutes to install.
    await input.beforeWrite()
    return checkInput(input, input.sandbox, layer, options.overlay?.from ?? sha)
  }
  return {
    async install() {
      const sha = await input.workspace.headSha()
      await input.check.put(sha)
      const begun = performance.now()
      const layer = input.sandbox ? await layerAt(sha) : null
      return {
        kind: 'setup',
        command: layer?.command ?? null,
        hash: layer?.hash ?? '',
        cached: layer?.cached ?? true,
        durationMs: Math.round(performance.now() - begun),
        warnings: [...(layer?.warnings ?? input.refused)],
        commit: sha,
      }
    },
    async suite(options = {}) {
      const at = await ready(options)
      const coverage = options.coverage === true && input.project.coverage !== null
      return at && runTests({ ...at, ...(options.files ? { files: options.files } : {}), coverage })
    },
    async lint(options = {}) {
      const at = await ready(options)
      return at && runLint(at)
    },
    async types(options = {}) {
      const at = await ready(options)
      return at && runTypes(at)
    },
  }
}

/** The dependencies of a commit that the check checkout is at. A change of its lock files is another layer. */
async function dependencies(
  { base, project, sandbox, check, home, log, signal, refused }: Checks,
  sha: string,
) {
  if (!sandbox) throw new AppError('sandbox_unavailable', refused.join(' '))
  const now =
    sha === base.baseSha
      ? project
      : await detectProject(await directoryReader(check.root), projectSettings(base.config))
  // The commands stay those of the base: a change cannot choose what is run to check it.
  const wanted = { ...project, inputs: now.inputs }
  return ensureDependencies({
    sandbox,
    workspace: check.root,
    cacheDir: join(home, 'cache'),
    project: wanted,
    // A manifest that an agent wrote could send them anywhere that packages come from.
    credentials: sha === base.baseSha,
    log,
    signal,
  })
}

function checkInput(input: Checks, sandbox: Sandbox, layer: DependencyLayer, commit: string): CheckInput {
  const {
    timeout_seconds: seconds,
    memory_mb: megabytes,
    processes,
    egress,
    paths,
  } = input.base.config.sandbox
  return {
    sandbox,
    workspace: input.check.root,
    home: join(input.folder, 'home'),
    layer,
    project: input.project,
    limits: { timeoutMs: seconds * 1_000, memoryBytes: megabytes * 1_048_576, processes },
    ...(egress.length > 0 ? { egress } : {}),
    mounts: configuredMounts(paths, input.home),
    commit,
    signal: input.signal,
  }
}
