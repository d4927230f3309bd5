import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import type { ProjectReader } from '@/lib/workspace/project/reader'
import { type About, scaffoldFacts } from '@/lib/workspace/scaffold/facts'
import { auditRepository, draft, scaffoldFiles } from '@/lib/workspace/scaffold/scaffold'

function made(files: Record<string, string>): ProjectReader {
  return { files: Object.keys(files), read: async (path) => files[path] ?? null }
}

async function drafted(files: Record<string, string>, about: About = {}) {
  const result = draft(await scaffoldFacts(made(files), about))
  return { ...result, text: (path: string) => result.files.find((file) => file.path === path)?.content }
}

const ada = { name: 'Ada', email: 'ada@example.org' }
const github = 'https://github.com/ada/tiny.git'

describe('what is there is never written', () => {
  it.each([
    ['readme', 'Readme.rst'],
    ['readme', 'docs/README.md'],
    ['license', 'LICENSE.txt'],
    ['license', 'COPYING'],
    ['license', 'LICENSE-MIT'],
    ['license', 'licence.md'],
    ['license', 'LICENSES/MIT.txt'],
    ['contributing', 'docs/CONTRIBUTING.md'],
    ['contributing', '.github/contributing.md'],
    ['security', '.github/SECURITY.md'],
    ['codeowners', 'docs/CODEOWNERS'],
    ['issue-template', '.github/ISSUE_TEMPLATE.md'],
    ['issue-template', '.github/ISSUE_TEMPLATE/bug.yml'],
    ['pr-template', '.github/PULL_REQUEST_TEMPLATE.md'],
    ['pr-template', '.github/PULL_REQUEST_TEMPLATE/fix.md'],
    ['ci', '.circleci/config.yml'],
    ['ci', 'Jenkinsfile'],
    ['ci', '.github/workflows/test.yaml'],
    ['dependency-updates', '.github/dependabot.yaml'],
    ['dependency-updates', 'renovate.json5'],
  ])('%s as %s', async (id, path) => {
    const audit = auditRepository(await scaffoldFacts(made({ [path]: 'x', 'a.test.js': '' })))
    expect(audit.find((file) => file.id === id)).toMatchObject({ present: true, path })
  })

  it.each([
    ['ci', '.github/workflows/devpilot.yml'],
    ['license', 'src/license.ts'],
    ['readme', 'src/README.md'],
    ['security', 'src/security.ts'],
  ])('%s is not %s', async (id, path) => {
    const audit = auditRepository(await scaffoldFacts(made({ [path]: 'x' })))
    expect(audit.find((file) => file.id === id)).toMatchObject({ present: false })
  })

  it('writes nothing a second time', async () => {
    const files = { 'package.json': '{"name":"tiny","license":"MIT","scripts":{"test":"node --test"}}' }
    const about = { authors: [ada], originUrl: github, mainBranch: 'main' }
    const first = await scaffoldFiles(made(files), about)
    expect(first).toHaveLength(11)
    const after = { ...files, ...Object.fromEntries(first.map((file) => [file.path, file.content])) }
    expect(await scaffoldFiles(made(after), about)).toEqual([])
  })
})

describe('the texts', () => {
  it('invents nothing for an empty repository', async () => {
    const { files, advice } = await drafted({})
    expect(advice.map((item) => item.path)).toEqual([
      'LICENSE',
      'SECURITY.md',
      '.github/CODEOWNERS',
      '.github/workflows/ci.yml',
    ])
    for (const { content } of files) expect(content).not.toMatch(/undefined|null|TODO|\[object/)
  })

  it('survives broken manifests', async () => {
    for (const [path, text] of [
      ['package.json', '{"name": '],
      ['pyproject.toml', '[project'],
      ['package.json', '[1]'],
      ['Cargo.toml', 'x'],
    ] as const) {
      expect((await drafted({ [path]: text })).files.length).toBeGreaterThan(5)
    }
  })

  it('takes the commands of npm from its scripts, with the lock file', async () => {
    const manifest = {
      name: 'tiny',
      scripts: { test: 'vitest run', lint: 'eslint .' },
      devDependencies: { vitest: '1' },
    }
    const { text } = await drafted(
      { 'package.json': JSON.stringify(manifest), 'package-lock.json': '{}' },
      { mainBranch: 'trunk' },
    )
    const workflow = parse(text('.github/workflows/ci.yml') ?? '')
    expect(workflow.on.push.branches).toEqual(['trunk'])
    const runs = workflow.jobs.check.steps.flatMap((step: { run?: string }) => step.run ?? [])
    expect(runs).toEqual(['npm ci', 'npm run lint', 'npm test'])
  })

  it.each([
    [
      'python',
      {
        'pyproject.toml':
          '[project]\nname="p"\n[project.optional-dependencies]\ntest=["pytest"]\n[tool.pytest.ini_options]\n',
        'tests/test_a.py': '',
      },
      'pip install -e ".[test]"',
      'pip',
    ],
    ['go', { 'go.mod': 'module example.org/x/v2\n', 'a.go': '', 'a_test.go': '' }, 'go test', 'gomod'],
    [
      'rust',
      { 'Cargo.toml': '[package]\nname="x"\nlicense="MIT"\n', 'src/lib.rs': '' },
      'cargo test',
      'cargo',
    ],
  ])('speaks %s', async (_language, files, command, ecosystem) => {
    const { text } = await drafted(files)
    expect(text('CONTRIBUTING.md')).toContain(command)
    expect(parse(text('.github/dependabot.yml') ?? '').updates[0]['package-ecosystem']).toBe(ecosystem)
    expect(parse(text('.github/workflows/ci.yml') ?? '').jobs.check.steps.length).toBeGreaterThan(2)
  })

  it('speaks GitLab where the origin is there', async () => {
    const { text } = await drafted(
      { 'package.json': '{"name":"tiny","scripts":{"test":"node --test"}}' },
      { originUrl: 'git@gitlab.com:group/sub/tiny.git' },
    )
    expect(parse(text('.gitlab-ci.yml') ?? '').check.script).toEqual(['npm install', 'npm test'])
    expect(text('.gitlab/merge_request_templates/Default.md')).toContain('## What and why')
    expect(text('CONTRIBUTING.md')).toContain('https://gitlab.com/group/sub/tiny.git')
  })

  it('names the main author, never a passer-by who happens to have a handle', async () => {
    const passer = { name: 'Bo', email: '1+bo@users.noreply.github.com' }
    expect((await drafted({}, { authors: [ada, passer] })).text('.github/CODEOWNERS')).toContain(
      '* ada@example.org',
    )
    expect(
      (await drafted({}, { authors: [ada, passer], originUrl: github })).text('.github/CODEOWNERS'),
    ).toContain('* @ada')
    expect((await drafted({}, { authors: [passer, ada] })).text('.github/CODEOWNERS')).toContain('* @bo')
  })

  it('writes the licence that the manifest names, and no other', async () => {
    const about = { authors: [ada], firstYear: 2019 }
    const mit = await drafted({ 'package.json': '{"name":"t","license":"MIT"}' }, about)
    expect(mit.text('LICENSE')).toContain('Copyright (c) 2019 Ada')
    const apache = await drafted({ 'package.json': '{"name":"t","license":"Apache-2.0"}' }, about)
    expect(apache.text('LICENSE')).toBeUndefined()
    expect(apache.advice[0]?.reason).toContain('Apache-2.0')
  })

  it('takes the indentation from the sources', async () => {
    const tabs = await drafted({ 'go.mod': 'module x\n', 'a.go': 'func a() {\n\tb()\n}\n' })
    expect(tabs.text('.editorconfig')).toContain('indent_style = tab')
    const four = await drafted({
      'package.json': '{}',
      'a.js': 'if (a) {\n    b()\n    if (c) {\n        d()\n    }\n}\n',
    })
    expect(four.text('.editorconfig')).toContain('indent_size = 4')
  })

  it('never ignores what is committed', async () => {
    const { text } = await drafted({ 'package.json': '{}', 'dist/index.js': 'x' })
    expect(text('.gitignore')).not.toContain('dist/')
    expect(text('.gitignore')).toContain('node_modules/')
  })
})
