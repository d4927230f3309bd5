import { describe, expect, test } from 'vitest'
import { detectProject } from '@/lib/workspace/project/detect'
import type { ProjectReader } from '@/lib/workspace/project/reader'
import { setupPlan } from '@/lib/workspace/project/setup-plan'

function tree(files: Readonly<Record<string, string>>): ProjectReader {
  return { files: Object.keys(files).sort(), read: async (path) => files[path] ?? null }
}
const json = (value: unknown) => JSON.stringify(value)

describe('what a repository is: bad input', () => {
  test('an empty repository works, with warnings', async () => {
    const project = await detectProject(tree({}))
    expect(project.language.value).toBe('unknown')
    expect(project.test).toBeNull()
    expect(project.warnings.join(' ')).toMatch(/No package manifest.*No tests.*No linter/s)
    expect(setupPlan(project, null)).toBeNull()
  })
  test.each([
    ['package.json', '{ "scripts": ', /not valid JSON/],
    ['pyproject.toml', '[project', /not valid TOML/],
  ])('a broken %s is a warning', async (path, text, warning) => {
    expect((await detectProject(tree({ [path]: text }))).warnings.join(' ')).toMatch(warning)
  })
  test('a script that only says that there are no tests is none', async () => {
    const scripts = { test: 'echo "Error: no test specified" && exit 1' }
    expect((await detectProject(tree({ 'package.json': json({ scripts }) }))).test).toBeNull()
  })
  test('scripts that call each other do not go round for ever', async () => {
    const project = await detectProject(
      tree({ 'package.json': json({ scripts: { test: 'npm run a', a: 'npm test' } }) }),
    )
    expect(project.test?.value).toEqual({ command: 'npm run test', framework: 'unknown' })
    expect(project.warnings.join(' ')).toMatch(/only its exit code counts/)
  })
})

describe('package managers', () => {
  test.each([
    [{ 'package.json': '{}', 'package-lock.json': '{}' }, 'npm', 'npm ci'],
    [{ 'package.json': '{}' }, 'npm', 'npm install'],
    [
      { 'package.json': '{}', 'pnpm-lock.yaml': "lockfileVersion: '9.0'" },
      'pnpm',
      'pnpm install --frozen-lockfile',
    ],
    [
      { 'package.json': '{}', 'yarn.lock': '# yarn lockfile v1' },
      'yarn-classic',
      'yarn install --frozen-lockfile',
    ],
    [
      { 'package.json': '{}', 'yarn.lock': '__metadata:\n  version: 8' },
      'yarn-berry',
      'yarn install --immutable',
    ],
    [{ 'package.json': '{}', 'bun.lock': '{}' }, 'bun', 'bun install --frozen-lockfile'],
    [{ 'setup.py': 'setup(extras_require={"test": ["pytest"]})' }, 'pip', "pip install -e '.[test]'"],
    [
      { 'requirements.txt': 'x', 'requirements-dev.txt': 'y' },
      'pip',
      'pip install -r requirements-dev.txt -r requirements.txt',
    ],
    [
      { 'pyproject.toml': '[dependency-groups]\ntest = ["pytest"]', 'uv.lock': '' },
      'uv',
      'uv sync --frozen --group test',
    ],
    [{ 'pyproject.toml': '[tool.poetry]\nname = "x"' }, 'poetry', 'poetry install --all-groups'],
    [{ 'go.mod': 'module x' }, 'go', 'go mod download'],
    [{ 'Cargo.toml': '', 'Cargo.lock': '' }, 'cargo', 'cargo fetch --locked'],
    [{ 'pom.xml': '' }, 'maven', 'mvn dependency:go-offline test'],
    [{ 'build.gradle.kts': '' }, 'gradle', 'gradle testClasses'],
  ])('%o is %s', async (files, manager, shown) => {
    const project = await detectProject(tree(files as Record<string, string>))
    expect(project.manager?.value).toBe(manager)
    expect(setupPlan(project, null)?.shown).toBe(shown)
  })
  test('the packageManager field wins and gives the version', async () => {
    const project = await detectProject(
      tree({ 'package.json': json({ packageManager: 'yarn@1.22.22+sha512.ab' }), 'package-lock.json': '{}' }),
    )
    expect(project.manager).toEqual({ value: 'yarn-classic', from: 'package.json (packageManager)' })
    expect(project.managerVersion).toBe('1.22.22')
  })
  test('packages of a workspace are found, excluded ones are not', async () => {
    const project = await detectProject(
      tree({
        'package.json': '{}',
        'pnpm-lock.yaml': '',
        'pnpm-workspace.yaml': 'packages: ["packages/*", "!packages/old"]',
        'packages/a/package.json': '{}',
        'packages/old/package.json': '{}',
        'other/package.json': '{}',
      }),
    )
    expect(project.packages).toEqual(['', 'packages/a'])
    expect(setupPlan(project, null)?.products).toEqual(['node_modules', 'packages/a/node_modules'])
  })
  test('the language with more sources wins over a manifest for tools', async () => {
    const project = await detectProject(
      tree({ 'package.json': '{}', 'pyproject.toml': '', 'a.py': '', 'b.py': '', 'x.js': '' }),
    )
    expect(project.language.value).toBe('python')
  })
})

describe('commands', () => {
  test.each([
    ['vitest', 'vitest', 'vitest'],
    ['npm run lint && npm run unit', 'mocha --exit', 'mocha'],
    ['tsc && npx jest --runInBand', 'jest --runInBand', 'jest'],
    ['NODE_ENV=test node --test test/*.js', 'NODE_ENV=test node --test test/*.js', 'node-test'],
  ])('`%s` leads to `%s`', async (script, command, framework) => {
    const project = await detectProject(
      tree({ 'package.json': json({ scripts: { test: script, unit: 'mocha --exit', lint: 'eslint' } }) }),
    )
    expect(project.test).toEqual({ value: { command, framework }, from: 'package.json (scripts.test)' })
  })
  test('lint never changes files', async () => {
    const project = await detectProject(
      tree({ 'package.json': json({ scripts: { lint: 'eslint src --fix' } }) }),
    )
    expect(project.lint?.value).toEqual({ command: 'eslint src', tool: 'eslint' })
  })
  test('unittest where nothing names pytest', async () => {
    const project = await detectProject(tree({ 'setup.py': '', 'tests/test_a.py': 'import unittest' }))
    expect(project.test?.value.framework).toBe('unittest')
  })
  test('the config wins over everything', async () => {
    const project = await detectProject(tree({ 'package.json': json({ scripts: { test: 'jest' } }) }), {
      language: 'typescript',
      test_command: 'npx vitest run',
      lint_command: 'ruff check',
      setup_command: 'make deps',
      type_command: 'mypy .',
    })
    expect(project.test).toEqual({
      value: { command: 'npx vitest run', framework: 'vitest' },
      from: 'config',
    })
    expect(project.lint?.value.tool).toBe('ruff')
    expect(project.types?.value.tool).toBe('mypy')
    expect(setupPlan(project, null)).toMatchObject({ shown: 'make deps', products: ['node_modules'] })
  })
  test('instructions come in their order', async () => {
    const project = await detectProject(
      tree({ 'CLAUDE.md': '', 'AGENTS.md': '', '.cursor/rules/b.mdc': '', '.cursorrules': '' }),
    )
    expect(project.instructions).toEqual(['AGENTS.md', 'CLAUDE.md', '.cursorrules', '.cursor/rules/b.mdc'])
  })
  test('a version from git tags is given where git is not', async () => {
    const project = await detectProject(
      tree({ 'pyproject.toml': '[build-system]\nrequires = ["setuptools-scm"]\n[project]\nname = "x"' }),
    )
    expect(setupPlan(project, '1.2.3')?.setupEnv).toMatchObject({ SETUPTOOLS_SCM_PRETEND_VERSION: '1.2.3' })
  })
})
