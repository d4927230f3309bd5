import { z } from 'zod'
import { checkTool, resolveScript, scriptCheck, testFramework } from '@/lib/workspace/project/commands'
import {
  type Check,
  type Detected,
  type Found,
  nothingDetected,
  type PackageManager,
  type TestCheck,
} from '@/lib/workspace/project/project'
import type { ProjectReader } from '@/lib/workspace/project/reader'
import { workspacePackages } from '@/lib/workspace/project/workspaces'

const strings = z.record(z.string(), z.string()).catch({})
export const packageSchema = z.object({
  scripts: strings.default({}),
  dependencies: strings.default({}),
  devDependencies: strings.default({}),
  packageManager: z.string().optional().catch(undefined),
  workspaces: z
    .union([z.array(z.string()), z.object({ packages: z.array(z.string()) }).transform((it) => it.packages)])
    .optional()
    .catch(undefined),
})
export type PackageJson = z.infer<typeof packageSchema>

const lockFiles: readonly (readonly [string, PackageManager])[] = [
  ['pnpm-lock.yaml', 'pnpm'],
  ['bun.lock', 'bun'],
  ['bun.lockb', 'bun'],
  ['package-lock.json', 'npm'],
  ['npm-shrinkwrap.json', 'npm'],
]
const settings = [
  '.npmrc',
  '.yarnrc',
  '.yarnrc.yml',
  'pnpm-workspace.yaml',
  '.pnpmfile.cjs',
  'bunfig.toml',
  '.nvmrc',
]
const linters = new Set(['eslint', 'biome', 'oxlint'])

/** A repository with a package.json at its root. */
export async function detectNode(reader: ProjectReader): Promise<Detected> {
  const raw = await reader.read('package.json')
  const parsed = parsePackage(raw)
  const manifest = parsed ?? packageSchema.parse({})
  const files = new Set(reader.files)
  const { manager, version } = await findManager(reader, manifest)
  const packages = await workspacePackages(reader, manifest)
  const typed =
    files.has('tsconfig.json') || reader.files.some((path) => /^(src|lib|test)\/.*\.tsx?$/.test(path))
  const warnings = parsed === null ? ['package.json is not valid JSON: nothing could be taken from it.'] : []
  if (!lockOf(manager.value).some((name) => files.has(name))) {
    warnings.push(
      `There is no lock file of ${manager.value}: versions are chosen anew when they are installed.`,
    )
  }
  const lock = lockOf(manager.value).filter((name) => files.has(name))
  const manifests = packages.map((folder) => (folder === '' ? 'package.json' : `${folder}/package.json`))
  const patches = reader.files.filter((path) => /^(\.yarn\/(patches|plugins|releases)|patches)\//.test(path))
  return {
    ...nothingDetected,
    language: typed
      ? { value: 'typescript', from: files.has('tsconfig.json') ? 'tsconfig.json' : 'the file names' }
      : { value: 'javascript', from: 'package.json' },
    manager,
    managerVersion: version,
    packages,
    inputs: [...manifests, ...lock, ...settings.filter((name) => files.has(name)), ...patches],
    test: findTest(manifest, manager.value, reader),
    lint: findLint(manifest, manager.value, files),
    types: findTypes(manifest, manager.value, files),
    coverage: findCoverage(manifest),
    warnings,
  }
}

export function parsePackage(raw: string | null): PackageJson | null {
  if (raw === null) return null
  try {
    const parsed = packageSchema.safeParse(JSON.parse(raw.replace(/^\uFEFF/, '')))
    return parsed.success ? parsed.data : null
  } catch (error) {
    if (error instanceof SyntaxError) return null
    throw error
  }
}

function lockOf(manager: PackageManager): readonly string[] {
  if (manager === 'yarn-classic' || manager === 'yarn-berry') return ['yarn.lock']
  return lockFiles.filter(([, name]) => name === manager).map(([file]) => file)
}

async function findManager(
  reader: ProjectReader,
  manifest: PackageJson,
): Promise<{ manager: Found<PackageManager>; version: string | null }> {
  const files = new Set(reader.files)
  const declared = /^(npm|pnpm|yarn|bun)@(\d+(?:\.\d+)*(?:-[\w.]+)?)/.exec(manifest.packageManager ?? '')
  const name = declared?.[1]
  const version = declared?.[2] ?? null
  const from = 'package.json (packageManager)'
  if (name === 'yarn') {
    return { manager: { value: version?.startsWith('1.') ? 'yarn-classic' : 'yarn-berry', from }, version }
  }
  if (name === 'npm' || name === 'pnpm' || name === 'bun') return { manager: { value: name, from }, version }
  if (files.has('yarn.lock')) {
    const berry = files.has('.yarnrc.yml') || /^__metadata:/m.test((await reader.read('yarn.lock')) ?? '')
    return { manager: { value: berry ? 'yarn-berry' : 'yarn-classic', from: 'yarn.lock' }, version: null }
  }
  const lock = lockFiles.find(([file]) => files.has(file))
  if (lock === undefined) return { manager: { value: 'npm', from: 'package.json' }, version: null }
  const pnpmVersion = lock[1] === 'pnpm' ? pnpmFor((await reader.read(lock[0])) ?? '') : null
  return { manager: { value: lock[1], from: lock[0] }, version: pnpmVersion }
}

/** Lock file formats of pnpm: 5.x is read by 7, 6.x by 8, 9.0 by 9 and 10. */
function pnpmFor(lock: string): string | null {
  const format = /^lockfileVersion:\s*'?(\d+)/m.exec(lock)?.[1]
  if (format === '5') return '7'
  return format === '6' ? '8' : null
}

function has(manifest: PackageJson, name: string): boolean {
  return name in manifest.dependencies || name in manifest.devDependencies
}

function findTest(
  manifest: PackageJson,
  manager: PackageManager,
  reader: ProjectReader,
): Found<TestCheck> | null {
  const names = ['test', 'test:unit', 'tests', 'unit', 'test:node', 'test:ci']
  const program = manager.startsWith('yarn') ? 'yarn' : manager
  const known = (segment: string) => testFramework(segment) !== 'unknown'
  for (const name of names) {
    const script = manifest.scripts[name]
    if (script === undefined || script.includes('no test specified')) continue
    const direct = resolveScript(script, manifest.scripts, known)
    const from = `package.json (scripts.${name})`
    if (direct !== null) return { value: { command: direct, framework: testFramework(direct) }, from }
  }
  const plain = manifest.scripts.test
  if (plain !== undefined && !plain.includes('no test specified')) {
    return {
      value: { command: `${program} run test`, framework: 'unknown' },
      from: 'package.json (scripts.test)',
    }
  }
  const from = 'package.json (devDependencies)'
  if (has(manifest, 'vitest')) return { value: { command: 'vitest run', framework: 'vitest' }, from }
  if (has(manifest, 'jest')) return { value: { command: 'jest', framework: 'jest' }, from }
  if (has(manifest, 'mocha')) return { value: { command: 'mocha', framework: 'mocha' }, from }
  const own = reader.files.find((path) => /(^|\/)(test\/.*|[^/]+[.-]test|test)\.[cm]?js$/.test(path))
  return own === undefined ? null : { value: { command: 'node --test', framework: 'node-test' }, from: own }
}

function findLint(
  manifest: PackageJson,
  manager: PackageManager,
  files: ReadonlySet<string>,
): Found<Check> | null {
  const program = manager.startsWith('yarn') ? 'yarn' : manager
  for (const name of ['lint', 'lint:js', 'lint:ts', 'eslint', 'lint:check', 'check:lint']) {
    const check = scriptCheck(name, program, manifest.scripts, (tool) => linters.has(tool))
    if (check !== null) return { value: withoutFixes(check), from: `package.json (scripts.${name})` }
  }
  const eslint = [...files].find((path) => /^(eslint\.config\.[cm]?[jt]s|\.eslintrc(\.\w+)?)$/.test(path))
  if (eslint !== undefined && has(manifest, 'eslint')) {
    return { value: { command: 'eslint .', tool: 'eslint' }, from: eslint }
  }
  const biome = ['biome.json', 'biome.jsonc'].find((path) => files.has(path))
  return biome === undefined ? null : { value: { command: 'biome lint', tool: 'biome' }, from: biome }
}

/** A check must not change files. */
function withoutFixes(check: Check): Check {
  return { ...check, command: check.command.replace(/\s--(fix|write|unsafe|fix-dangerously)(?=\s|$)/g, '') }
}

function findTypes(
  manifest: PackageJson,
  manager: PackageManager,
  files: ReadonlySet<string>,
): Found<Check> | null {
  const program = manager.startsWith('yarn') ? 'yarn' : manager
  const names = ['typecheck', 'type-check', 'types', 'check:types', 'test:types', 'check-types', 'tsc']
  for (const name of names) {
    const check = scriptCheck(name, program, manifest.scripts, (tool) => tool === 'tsc')
    if (check !== null && checkTool(check.command) === 'tsc' && /--noEmit/.test(check.command)) {
      return { value: check, from: `package.json (scripts.${name})` }
    }
  }
  if (!files.has('tsconfig.json') || !has(manifest, 'typescript')) return null
  return { value: { command: 'tsc --noEmit', tool: 'tsc' }, from: 'tsconfig.json' }
}

function findCoverage(manifest: PackageJson): Found<string> | null {
  const from = 'package.json (devDependencies)'
  const tools = ['@vitest/coverage-v8', '@vitest/coverage-istanbul', 'c8', 'nyc', 'jest']
  const tool = tools.find((name) => has(manifest, name))
  return tool === undefined ? null : { value: tool, from }
}
