import { chmod, mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { AppError } from '@/lib/errors'
import { seesCredentials } from '@/lib/workspace/project/credentials'
import type { DependencyInput, Ready } from '@/lib/workspace/project/dependencies'
import { readPlain } from '@/lib/workspace/project/reader'
import { findRegistries, type Registries } from '@/lib/workspace/project/registries'
import { DEPS, type SetupPlan } from '@/lib/workspace/project/setup-types'
import { cleanText, lastLines } from '@/lib/workspace/project/text'
import { copyWorkspace, keepWritten, plainFiles } from '@/lib/workspace/project/written-files'
import { giveToSandbox } from '@/lib/workspace/sandbox/ownership'
import { type Mount, SANDBOX_WORKSPACE, type SandboxResult } from '@/lib/workspace/sandbox/sandbox'
import { temporaryFolder } from '@/lib/workspace/sandbox/temporary'

const MiB = 1024 * 1024
const limits = {
  timeoutMs: 15 * 60_000,
  memoryBytes: 6 * 1024 * MiB,
  processes: 1_024,
  fileBytes: 4 * 1024 * MiB,
  diskBytes: 16 * 1024 * MiB,
  outputBytes: MiB,
}
/** Where credential files are shown, to the one command that fetches. */
const AUTH = '/registry-settings'
const noRegistries: Registries = {
  hosts: [],
  env: {},
  mounts: [],
  files: [],
  npmRegistry: 'https://registry.npmjs.org/',
}

interface BuildInput extends DependencyInput {
  readonly plan: SetupPlan
  /** Host folder that becomes the layer. */
  readonly folder: string
}

/**
 * Runs the setup in a copy of the workspace: scripts may write there as they like, the run's worktree stays clean.
 * First the command that fetches, which alone may see the user's registry credentials; then the packages' own scripts.
 * @throws AppError('repository_unusable') with the command, its last lines and the mend
 */
export async function buildDependencies(input: BuildInput): Promise<Ready> {
  const { plan, folder, project } = input
  const products = plan.products.map((path, index) => ({ path, folder: `products/${index}` }))
  const skip = new Set(plan.products)
  const scratch = join(folder, 'scratch')
  for (const name of ['outside', ...products.map((product) => product.folder)]) {
    await mkdir(join(folder, name), { recursive: true })
    giveToSandbox(join(folder, name))
  }
  await copyWorkspace(input.workspace, scratch, skip)
  const manager = project.manager?.value
  const registries = manager === undefined ? noRegistries : await findRegistries(manager)
  await leadToRegistry(scratch, project.inputs, registries)
  const before = await plainFiles(scratch, skip)
  const mounts: Mount[] = [
    { source: join(folder, 'outside'), target: DEPS, writable: true },
    ...products.map((product) => ({
      source: join(folder, product.folder),
      target: `${SANDBOX_WORKSPACE}/${product.path}`,
      writable: true,
    })),
    ...registries.mounts,
  ]
  const warnings: string[] = []
  const fetched = await fetchPackages(input, scratch, registries, mounts)
  if (fetched.exitCode !== 0) throw setupError(input, fetched)
  if (plan.build !== null) {
    const built = await runSetup(input, scratch, plan.build, registries, mounts, {})
    if (built.ended === 'cancelled') throw setupError(input, built)
    if (built.exitCode !== 0) {
      warnings.push(
        `The packages' own install scripts did not all work (\`${plan.shown}\`): ${lastLines(cleanText(`${built.stdout}\n${built.stderr}`), 5)}`,
      )
    }
  }
  await makeMountPoints(plan, products, folder)
  const tooMuch = await keepWritten(scratch, before, skip, join(folder, 'written'))
  await rm(scratch, { recursive: true, force: true })
  await rm(join(folder, 'outside', 'pnpm'), { recursive: true, force: true })
  return { products, warnings: [...warnings, ...(tooMuch === null ? [] : [tooMuch])] }
}

async function fetchPackages(
  input: BuildInput,
  scratch: string,
  registries: Registries,
  mounts: readonly Mount[],
): Promise<SandboxResult> {
  const whole = await seesCredentials(input, input.plan, scratch)
  const files = registries.files.flatMap(({ name, variable, content, open }) => {
    const given = whole ? content : open
    return given === null ? [] : [{ name, variable, given }]
  })
  if (files.length === 0) return await runSetup(input, scratch, input.plan.fetch, registries, mounts, {})
  const auth = temporaryFolder('auth')
  try {
    const env: Record<string, string> = {}
    for (const file of files) {
      await writeFile(join(auth, file.name), file.given, { mode: 0o600 })
      giveToSandbox(join(auth, file.name))
      env[file.variable] = `${AUTH}/${file.name}`
    }
    giveToSandbox(auth)
    const shown = { source: auth, target: AUTH, writable: false }
    return await runSetup(input, scratch, input.plan.fetch, registries, [...mounts, shown], env)
  } finally {
    await rm(auth, { recursive: true, force: true })
  }
}

function runSetup(
  input: BuildInput,
  scratch: string,
  command: string,
  registries: Registries,
  mounts: readonly Mount[],
  env: Readonly<Record<string, string>>,
): Promise<SandboxResult> {
  input.log?.(`$ ${input.plan.shown}`)
  return input.sandbox.run({
    command,
    workspace: scratch,
    mounts,
    egress: registries.hosts,
    env: { ...input.plan.setupEnv, ...registries.env, ...env },
    limits,
    onOutput: (_stream, text) => input.log?.(text),
    ...(input.signal === undefined ? {} : { signal: input.signal }),
  })
}

/** Lock files that name public hosts are led to the configured registry; their hashes still guard what comes. */
async function leadToRegistry(
  scratch: string,
  inputs: readonly string[],
  registries: Registries,
): Promise<void> {
  for (const path of inputs.filter((name) =>
    /^(yarn\.lock|package-lock\.json|npm-shrinkwrap\.json)$/.test(basename(name)),
  )) {
    const text = await readPlain(join(scratch, path), 64 * MiB)
    const led = text?.replace(/https?:\/\/registry\.(?:yarnpkg\.com|npmjs\.org)\//g, registries.npmRegistry)
    if (led !== undefined && led !== text) await writeFile(join(scratch, path), led)
  }
}

/** Scratch folders are laid over read-only ones later: the places for them must be there. */
async function makeMountPoints(plan: SetupPlan, products: Ready['products'], folder: string): Promise<void> {
  for (const product of products) {
    const home = join(folder, product.folder)
    await chmod(home, 0o755)
    if ((await readdir(home)).length === 0) continue
    for (const path of plan.scratch.filter((one) => dirname(one) === product.path)) {
      await mkdir(join(home, basename(path)), { recursive: true })
    }
  }
}

function setupError(input: BuildInput, result: SandboxResult): AppError {
  const { plan } = input
  if (result.ended === 'cancelled') return new AppError('cancelled', `\`${plan.shown}\` was cancelled.`)
  const why =
    result.ended === null ? `ended with ${result.exitCode ?? result.signal}` : `was ended (${result.ended})`
  const lines = lastLines(cleanText(`${result.stdout}\n${result.stderr}`), 20)
  return new AppError(
    'repository_unusable',
    `Installing the dependencies failed: \`${plan.shown}\` ${why}.\n${lines}`,
    {
      place: input.project.manager?.from ?? 'project.setup_command',
      mend: 'Set project.setup_command in devpilot.yaml to what installs this repository, or make its lock file and manifests agree.',
    },
  )
}
