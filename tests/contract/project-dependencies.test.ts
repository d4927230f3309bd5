import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { compareTests } from '@/lib/core/evidence-compare'
import { runBaseline } from '@/lib/workspace/project/baseline'
import { ensureDependencies } from '@/lib/workspace/project/dependencies'
import { detectProject } from '@/lib/workspace/project/detect'
import { once } from '@/lib/workspace/project/once'
import type { ProjectOverrides } from '@/lib/workspace/project/project'
import { directoryReader } from '@/lib/workspace/project/reader'
import { runTests } from '@/lib/workspace/project/run-checks'
import { withPaths } from '@/lib/workspace/project/setup-plan'
import { BubblewrapSandbox } from '@/lib/workspace/sandbox/bubblewrap'
import { requires } from '../support/require'

const sandbox = new BubblewrapSandbox()
const report = await sandbox.probe()
const root = mkdtempSync(join(tmpdir(), 'devpilot-project-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

const library = {
  'package.json': JSON.stringify({
    name: 'tiny',
    version: '1.0.0',
    scripts: { test: 'node --test', prepare: 'node write.js' },
    dependencies: { helper: 'file:vendor/helper' },
  }),
  'write.js': "require('node:fs').writeFileSync('generated.txt', 'made')",
  'vendor/helper/package.json': JSON.stringify({ name: 'helper', version: '1.0.0', main: 'index.js' }),
  'vendor/helper/index.js': 'module.exports = 42',
  'test/a.test.js':
    "const test = require('node:test'); const assert = require('node:assert')\ntest('helper', () => assert.equal(require('helper'), 42))\ntest('bad', () => assert.equal(1, 2))",
  '.gitignore': 'node_modules\ngenerated.txt\n',
}
let count = 0
function repository(files: Readonly<Record<string, string>>): { workspace: string; home: string } {
  const workspace = join(root, `w${++count}`)
  const home = join(root, `h${count}`)
  mkdirSync(home, { recursive: true })
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(workspace, path)), { recursive: true })
    writeFileSync(join(workspace, path), text)
  }
  execFileSync('git', ['init', '-q', workspace])
  return { workspace, home }
}
const detect = async (workspace: string, overrides: ProjectOverrides = {}) =>
  detectProject(await directoryReader(workspace), overrides)

describe.skipIf(!requires('bubblewrap', report.works, report.detail))('dependencies in the sandbox', () => {
  test('a failed setup says what to do and leaves nothing half-cached', async () => {
    const { workspace } = repository(library)
    const cacheDir = join(root, 'failed')
    const project = await detect(workspace, { setup_command: 'echo no such mirror >&2; exit 7' })
    await expect(ensureDependencies({ sandbox, workspace, cacheDir, project })).rejects.toMatchObject({
      code: 'repository_unusable',
      message: expect.stringMatching(/ended with 7[\s\S]*no such mirror/),
      mend: expect.stringContaining('project.setup_command'),
    })
    expect(readdirSync(join(cacheDir, 'deps'))).toEqual([])
  })

  test('installed once for two runs at a time, laid read-only, found again, made anew for another manifest', async () => {
    const { workspace, home } = repository(library)
    const other = repository(library)
    const cacheDir = join(root, 'cache')
    const project = await detect(workspace)
    const layers = await Promise.all([
      ensureDependencies({ sandbox, workspace, cacheDir, project }),
      ensureDependencies({ sandbox, workspace: other.workspace, cacheDir, project }),
    ])
    expect(layers.map((layer) => layer.cached).sort()).toEqual([false, true])
    expect(new Set(layers.map((layer) => layer.hash)).size).toBe(1)
    const [layer] = layers
    if (layer === undefined) throw new Error('no layer')
    const run = await sandbox.run({
      command: withPaths(
        layer.paths,
        'node -p "require(\'helper\')"; touch node_modules/x || echo read-only; touch node_modules/.cache/x && echo scratch; cat generated.txt',
      ),
      workspace,
      home,
      mounts: layer.mounts,
      scratch: layer.scratch,
      env: layer.env,
    })
    expect(run.stdout.split('\n')).toEqual(['42', 'read-only', 'scratch', 'made'])
    const status = execFileSync(
      'git',
      ['-c', 'safe.directory=*', '-C', workspace, 'status', '--short', '-uall'],
      { encoding: 'utf8' },
    )
    expect(status).not.toMatch(/node_modules|generated/)

    const changed = library['package.json'].replace('"1.0.0"', '"1.0.1"')
    writeFileSync(join(workspace, 'package.json'), changed)
    const again = await ensureDependencies({ sandbox, workspace, cacheDir, project })
    expect(again.cached).toBe(false)
    expect(again.hash).not.toBe(layer.hash)

    const base = await runTests({ sandbox, workspace, home, layer: again, project, commit: 'abc' })
    expect(base?.tests).toMatchObject({ total: 2, passed: 1, failed: 1, commit: 'abc', ended: null })
    const before = base?.tests
    if (before === undefined) throw new Error('no tests')
    expect(compareTests(before, before).regressed).toBe(false)
  })

  test('tests that hang and print 50 MB are evidence, not an error', async () => {
    const { workspace, home } = repository({
      'package.json': JSON.stringify({ scripts: { test: 'node --test' } }),
      'test/a.test.js':
        "const test = require('node:test')\ntest('loud', () => { for (let i = 0; i < 50; i++) process.stdout.write('x'.repeat(1 << 20) + '\\n') })\n",
      'test/b.test.js': "require('node:test')('hangs', () => new Promise(() => setInterval(() => {}, 1000)))",
    })
    const project = await detect(workspace)
    const layer = await ensureDependencies({ sandbox, workspace, cacheDir: join(root, 'hang'), project })
    const baseline = await runBaseline({
      sandbox,
      workspace,
      home,
      layer,
      project,
      commit: null,
      limits: { timeoutMs: 15_000 },
    })
    expect(baseline.tests?.ended).toBe('timeout')
    expect(baseline.warnings.join(' ')).toMatch(/do not end on the base \(timeout\)/)
    expect(baseline.tests?.cases.find((one) => one.name === 'loud')?.status).toBe('passed')
  })
})

test('a lock whose owner died is taken over', async () => {
  const lockFile = join(root, 'stale.lock')
  const dead = execFileSync(process.execPath, ['-p', 'process.pid'], { encoding: 'utf8' }).trim()
  const { hostname } = await import('node:os')
  writeFileSync(lockFile, JSON.stringify({ pid: Number(dead), host: hostname() }))
  let done = false
  expect(
    await once({
      lockFile,
      isDone: async () => done,
      build: async () => {
        done = true
      },
    }),
  ).toBe('built')
})
