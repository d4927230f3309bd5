import { parse, TomlError } from 'smol-toml'
import { z } from 'zod'
import {
  type Check,
  type Detected,
  type Found,
  nothingDetected,
  type PackageManager,
  type PythonFacts,
  type TestCheck,
} from '@/lib/workspace/project/project'
import type { ProjectReader } from '@/lib/workspace/project/reader'

const table = z.record(z.string(), z.unknown()).catch({})
const pyprojectSchema = z.object({
  'build-system': z
    .object({ requires: z.array(z.string()).default([]) })
    .optional()
    .catch(undefined),
  project: z
    .object({
      'optional-dependencies': table.default({}),
      dynamic: z.array(z.string()).default([]).catch([]),
    })
    .optional()
    .catch(undefined),
  'dependency-groups': table.default({}),
  tool: table.default({}),
})
type Pyproject = z.infer<typeof pyprojectSchema>

const testNames = /^(tests?|testing|dev|develop|development|unit-?tests?|ci)$/i

/** A Python repository. */
export async function detectPython(reader: ProjectReader): Promise<Detected> {
  const files = new Set(reader.files)
  const raw = await reader.read('pyproject.toml')
  const { pyproject, broken } = parsePyproject(raw)
  const setup = [await reader.read('setup.cfg'), await reader.read('setup.py')].join('\n')
  const tox = (await reader.read('tox.ini')) ?? ''
  const manager = findManager(files, pyproject)
  const python = pythonFacts(reader, pyproject, setup, tox)
  const names = ['pyproject.toml', 'setup.py', 'setup.cfg', 'tox.ini', 'uv.lock', 'poetry.lock', 'pdm.lock']
  const inputs = [...names.filter((name) => files.has(name)), ...requirementFiles(reader)]
  const source = { reader, pyproject, text: [raw, setup, tox].join('\n') }
  return {
    ...nothingDetected,
    language: { value: 'python', from: inputs[0] ?? 'the file names' },
    manager,
    inputs: [...new Set(inputs)],
    test: findTest(source),
    lint: findLint(source),
    types: findTypes(source),
    coverage: /pytest-cov/.test(source.text) ? { value: 'pytest-cov', from: inputs[0] ?? '' } : null,
    python,
    warnings: broken ? ['pyproject.toml is not valid TOML: nothing could be taken from it.'] : [],
  }
}

interface Source {
  readonly reader: ProjectReader
  readonly pyproject: Pyproject
  /** pyproject.toml, setup.cfg, setup.py and tox.ini in one. */
  readonly text: string
}

function parsePyproject(raw: string | null): { pyproject: Pyproject; broken: boolean } {
  const empty = pyprojectSchema.parse({})
  if (raw === null) return { pyproject: empty, broken: false }
  try {
    const parsed = pyprojectSchema.safeParse(parse(raw))
    return parsed.success ? { pyproject: parsed.data, broken: false } : { pyproject: empty, broken: true }
  } catch (error) {
    if (error instanceof TomlError) return { pyproject: empty, broken: true }
    throw error
  }
}

/** uv and poetry only where their lock files or tables are: everything else is pip's. */
function findManager(files: ReadonlySet<string>, pyproject: Pyproject): Found<PackageManager> {
  if (files.has('uv.lock')) return { value: 'uv', from: 'uv.lock' }
  if (files.has('poetry.lock')) return { value: 'poetry', from: 'poetry.lock' }
  if ('poetry' in pyproject.tool && pyproject.project === undefined) {
    return { value: 'poetry', from: 'pyproject.toml (tool.poetry)' }
  }
  const from = ['pyproject.toml', 'setup.py', 'setup.cfg', 'requirements.txt'].find((name) => files.has(name))
  return { value: 'pip', from: from ?? 'the file names' }
}

function requirementFiles(reader: ProjectReader): readonly string[] {
  return reader.files.filter((path) =>
    /^(requirements?\/)?[\w-]*requirements?[\w.-]*\.(txt|in)$|^requirements?\/[\w.-]+\.txt$/.test(path),
  )
}

function pythonFacts(reader: ProjectReader, pyproject: Pyproject, setup: string, tox: string): PythonFacts {
  const extras = [
    ...Object.keys(pyproject.project?.['optional-dependencies'] ?? {}),
    ...setupExtras(setup),
  ].filter((name) => testNames.test(name))
  const groups = Object.keys(pyproject['dependency-groups']).filter((name) => testNames.test(name))
  const requires = pyproject['build-system']?.requires.join(' ') ?? ''
  const requirements = requirementFiles(reader).filter(
    (path) => path === 'requirements.txt' || (/\.txt$/.test(path) && /(dev|tests?|testing)/.test(path)),
  )
  return {
    installable:
      pyproject.project !== undefined ||
      'poetry' in pyproject.tool ||
      reader.files.includes('setup.py') ||
      /^\[metadata\]/m.test(setup),
    extras: [...new Set(extras)],
    groups,
    requirements,
    toxDeps: extras.length + groups.length + requirements.length === 0 ? toxDependencies(tox) : [],
    scmVersion:
      /setuptools[-_]scm|hatch-vcs|versioningit|pdm-backend|flit_scm|setuptools-git-versioning/.test(
        `${requires} ${/use_scm_version/.test(setup) ? 'setuptools_scm' : ''}`,
      ),
  }
}

/** Names of extras in setup.cfg's `[options.extras_require]` and in a literal `extras_require={...}` of setup.py. */
function setupExtras(setup: string): readonly string[] {
  const section = /^\[options\.extras_require\]\n([\s\S]*?)(?=^\[|$(?![\s\S]))/m.exec(setup)?.[1] ?? ''
  const literal = /extras_require\s*=\s*\{([\s\S]*?)\}/.exec(setup)?.[1] ?? ''
  return [
    ...[...section.matchAll(/^([\w-]+)\s*=/gm)].map((match) => match[1] ?? ''),
    ...[...literal.matchAll(/['"]([\w-]+)['"]\s*:/g)].map((match) => match[1] ?? ''),
  ]
}

/** Plain requirements of `[testenv]`; factors, substitutions and file references are left out. */
function toxDependencies(tox: string): readonly string[] {
  const section = /^\[testenv\]\n([\s\S]*?)(?=^\[|$(?![\s\S]))/m.exec(tox)?.[1] ?? ''
  const deps = /^deps\s*=[ \t]*(.*(?:\n[ \t]+.*)*)/m.exec(section)?.[1] ?? ''
  return deps
    .split('\n')
    .map((line) => line.replace(/\s#.*$/, '').trim())
    .filter((line) => /^[A-Za-z][\w.-]*(\[[\w,-]+\])?\s*([<>=!~].*)?$/.test(line))
}

function findTest({ reader, pyproject, text }: Source): Found<TestCheck> | null {
  const pytest = (from: string) => ({
    value: { command: 'python -m pytest', framework: 'pytest' as const },
    from,
  })
  if ('pytest' in pyproject.tool) return pytest('pyproject.toml (tool.pytest)')
  const config = ['pytest.ini', 'conftest.py', 'tests/conftest.py', 'test/conftest.py']
  const own = config.find((path) => reader.files.includes(path))
  if (own !== undefined) return pytest(own)
  const tests = reader.files.filter((path) => /(^|\/)(tests?|test_[^/]*|[^/]*_test)\.py$/.test(path))
  const first = tests[0]
  if (first === undefined) return null
  if (/\bpytest\b/.test(text)) return pytest(first)
  const folder = first.includes('/') ? (first.split('/')[0] ?? '.') : '.'
  const command = `python -m unittest discover -s ${folder} -t .`
  return { value: { command, framework: 'unittest' }, from: first }
}

function findLint({ reader, pyproject, text }: Source): Found<Check> | null {
  const ruff = ['ruff.toml', '.ruff.toml'].find((path) => reader.files.includes(path))
  if (ruff !== undefined || 'ruff' in pyproject.tool) {
    return { value: { command: 'ruff check .', tool: 'ruff' }, from: ruff ?? 'pyproject.toml (tool.ruff)' }
  }
  if (!reader.files.includes('.flake8') && !/^\[flake8\]/m.test(text)) return null
  const from = reader.files.includes('.flake8') ? '.flake8' : 'setup.cfg or tox.ini'
  return { value: { command: 'flake8 .', tool: 'flake8' }, from }
}

function findTypes({ reader, pyproject, text }: Source): Found<Check> | null {
  const mypy = ['mypy.ini', '.mypy.ini'].find((path) => reader.files.includes(path))
  if (mypy !== undefined || 'mypy' in pyproject.tool || /^\[mypy\]/m.test(text)) {
    const set = pyproject.tool.mypy
    const scoped = /^\[mypy\][\s\S]*?^(files|packages)\s*=/m.test(text) || hasFiles(set)
    const target = scoped ? '' : reader.files.some((path) => /^src\/.*\.py$/.test(path)) ? ' src' : ' .'
    return { value: { command: `mypy${target}`, tool: 'mypy' }, from: mypy ?? 'pyproject.toml (tool.mypy)' }
  }
  const pyright = reader.files.includes('pyrightconfig.json')
  if (!pyright && !('pyright' in pyproject.tool)) return null
  const from = pyright ? 'pyrightconfig.json' : 'pyproject.toml (tool.pyright)'
  return { value: { command: 'pyright', tool: 'pyright' }, from }
}

function hasFiles(mypy: unknown): boolean {
  return typeof mypy === 'object' && mypy !== null && ('files' in mypy || 'packages' in mypy)
}
