import { createHash } from 'node:crypto'
import { mkdir, rename, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { arch, platform } from 'node:os'
import { dirname, join } from 'node:path'
import { z } from 'zod'
import { AppError } from '@/lib/errors'
import { buildDependencies } from '@/lib/workspace/project/dependency-build'
import { gitVersion } from '@/lib/workspace/project/git-facts'
import { once } from '@/lib/workspace/project/once'
import type { Project } from '@/lib/workspace/project/project'
import { codeOf, readPlain } from '@/lib/workspace/project/reader'
import { setupPlan } from '@/lib/workspace/project/setup-plan'
import { DEPS, type SetupPlan } from '@/lib/workspace/project/setup-types'
import { copyWritten } from '@/lib/workspace/project/written-files'
import { type Mount, SANDBOX_WORKSPACE, type Sandbox } from '@/lib/workspace/sandbox/sandbox'

/** What later commands of a run are given, so that they find the dependencies with no network. */
export interface DependencyLayer {
  readonly mounts: readonly Mount[]
  readonly env: Readonly<Record<string, string>>
  /** Absolute inside: empty folders over read-only ones. */
  readonly scratch: readonly string[]
  /** Put before PATH: `withPaths(layer.paths, command)`. */
  readonly paths: readonly string[]
  readonly hash: string
  /** True when nothing had to be installed. */
  readonly cached: boolean
  /** What was run to install, for people; null when there was nothing to do. */
  readonly command: string | null
  readonly warnings: readonly string[]
}

export interface DependencyInput {
  readonly sandbox: Sandbox
  /** Host path of the worktree. */
  readonly workspace: string
  /** Host folder of caches; layers lie in `deps/<hash>`. */
  readonly cacheDir: string
  readonly project: Project
  /**
   * Whether a fetch that runs no code of the repository may use this user's registry credentials; false unless said,
   * and never for manifests of a change.
   */
  readonly credentials?: boolean
  readonly log?: (line: string) => void
  readonly signal?: AbortSignal | undefined
}

/** Part of the hash: a change in how layers are laid out makes all of them anew. */
const LAYOUT = 1

const readySchema = z.object({
  /** Products that were really made, relative to the workspace, in the order of their folders' numbers. */
  products: z.array(z.object({ path: z.string(), folder: z.string() })),
  warnings: z.array(z.string()),
})
export type Ready = z.infer<typeof readySchema>

/** A layer without anything in it: for repositories that have nothing to install. */
export const emptyLayer: DependencyLayer = {
  mounts: [],
  env: {},
  scratch: [],
  paths: [],
  hash: '',
  cached: true,
  command: null,
  warnings: [],
}

/**
 * Installs the dependencies in the sandbox with egress to the configured registries alone, once for each state of
 * manifests, lock files, command, platform and toolchain, and gives what later commands need to use them.
 * @throws AppError('repository_unusable') when the setup command fails; nothing of it is kept
 */
export async function ensureDependencies(input: DependencyInput): Promise<DependencyLayer> {
  const plan = setupPlan(input.project, await gitVersion(input.workspace))
  if (plan === null) return emptyLayer
  const hash = await layerHash(input, plan)
  const folder = join(input.cacheDir, 'deps', hash)
  await mkdir(dirname(folder), { recursive: true })
  const isDone = async () => (await readReady(folder)) !== null
  const result = await once({
    lockFile: `${folder}.lock`,
    isDone,
    signal: input.signal,
    build: async () => {
      const building = `${folder}.building`
      await rm(building, { recursive: true, force: true })
      await rm(folder, { recursive: true, force: true })
      try {
        const ready = await buildDependencies({ ...input, plan, folder: building })
        await writeFile(join(building, 'ready.json'), JSON.stringify(ready))
        await rename(building, folder)
      } finally {
        await rm(building, { recursive: true, force: true })
      }
    },
  })
  const ready = await readReady(folder)
  if (ready === null)
    throw new AppError('internal', `The dependency cache lost ${folder} while it was in use.`, {
      transient: true,
    })
  // When it was last used: layers that nobody uses are removed by it.
  const now = new Date()
  await utimes(join(folder, 'ready.json'), now, now)
  await copyWritten(join(folder, 'written'), input.workspace)
  return layerOf(plan, folder, hash, ready, result === 'found')
}

function layerOf(
  plan: SetupPlan,
  folder: string,
  hash: string,
  ready: Ready,
  cached: boolean,
): DependencyLayer {
  const inWorkspace = (path: string) => `${SANDBOX_WORKSPACE}/${path}`
  const made = new Set(ready.products.map((product) => product.path))
  return {
    mounts: [
      { source: join(folder, 'outside'), target: DEPS, writable: false },
      ...ready.products.map((product) => ({
        source: join(folder, product.folder),
        target: inWorkspace(product.path),
        writable: false,
      })),
    ],
    env: plan.runEnv,
    scratch: plan.scratch.filter((path) => made.has(dirname(path))).map(inWorkspace),
    paths: plan.paths,
    hash,
    cached,
    command: plan.shown,
    warnings: ready.warnings,
  }
}

async function layerHash(input: DependencyInput, plan: SetupPlan): Promise<string> {
  const versions = await input.sandbox.run({
    command: plan.versions,
    workspace: input.workspace,
    workspaceWritable: false,
    limits: { timeoutMs: 60_000 },
    ...(input.signal === undefined ? {} : { signal: input.signal }),
  })
  const hash = createHash('sha256')
  const add = (text: string) => hash.update(`${text.length}:${text}`)
  add(JSON.stringify([LAYOUT, platform(), arch(), versions.stdout, input.sandbox.name]))
  add(JSON.stringify([plan.fetch, plan.build, plan.products, plan.setupEnv]))
  for (const path of [...input.project.inputs].sort()) {
    add(path)
    add((await readPlain(join(input.workspace, path), 64 * 1024 * 1024)) ?? '')
  }
  return hash.digest('hex').slice(0, 32)
}

async function readReady(folder: string): Promise<Ready | null> {
  const raw = await readPlain(join(folder, 'ready.json'), 10_000_000)
  if (raw === null) return null
  const parsed = readySchema.safeParse(JSON.parse(raw))
  if (!parsed.success) return null
  try {
    await stat(join(folder, 'outside'))
    return parsed.data
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null
    throw error
  }
}
