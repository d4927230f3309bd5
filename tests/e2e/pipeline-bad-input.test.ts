import { existsSync, lstatSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { signalRun } from '@/lib/services/runs/signal'
import { haveBubblewrap, pipeline, stepsOf } from '../support/pipeline'
import { makeRepository, treeHash, userGit, writeFiles } from '../support/repos'
import { codedWell, finish, script, smallProject } from '../support/small-project'

const line = pipeline()
const able = await haveBubblewrap()
const coderAlone = { overrides: { steps: ['coder'] } }
const toTheMerge = { overrides: { steps: ['coder', 'pr', 'gate:pre-merge-main', 'merge'] } }

describe('what is no repository to work on', () => {
  it.each([
    ['nothing', (folder: string) => join(folder, 'nowhere'), 'There is no folder', 'Give the path'],
    ['no repository', (folder: string) => folder, 'is not in a git repository', 'git -C'],
    [
      'a repository without a commit',
      (folder: string) => {
        userGit(folder, 'init', '-q', '-b', 'main')
        return folder
      },
      'has no commit',
      'Commit something first',
    ],
  ])('%s is said in prepare with its place and the mend', async (_name, make, message, mend) => {
    const root = make(line.folder())
    const run = await line
      .run(root, coderAlone)
      .catch((error: unknown) => ({ error, status: 'refused', costMicros: 0 }))
    expect(['failed', 'refused']).toContain(run.status)
    expect(run.error).toMatchObject({ code: 'repository_unusable' })
    expect(run.error).toHaveProperty('message', expect.stringContaining(message))
    expect(run.error).toHaveProperty('message', expect.stringContaining(root))
    expect(run.error).toHaveProperty('mend', expect.stringContaining(mend))
    expect(run.costMicros).toBe(0)
  })
})

describe('devpilot.yaml of the base branch', () => {
  it.each([
    ['an unknown key', 'project:\n  nam: x\n', /devpilot\.yaml:2:3.*nam.*Did you mean.*name/s],
    ['a wrong type', 'llm:\n  max_tokens: many\n', /devpilot\.yaml:2:15.*max_tokens/s],
    ['a tab', 'project:\n\tname: x\n', /devpilot\.yaml:2:1.*[Tt]ab/s],
    ['1 MB', `# ${'x'.repeat(1_048_576)}\n`, /devpilot\.yaml.*256/s],
    ['a flow that is none', 'pipeline:\n  flow: [planer]\n', /planer.*Did you mean "planner"/s],
  ])('with %s ends the run in prepare', async (_name, yaml, message) => {
    const root = makeRepository(line.folder(), { ...smallProject, 'devpilot.yaml': yaml })
    const failed = await line.run(root)
    expect([failed.status, failed.error?.code, failed.error?.step]).toEqual([
      'failed',
      'bad_config',
      'prepare',
    ])
    expect(failed.error?.message).toMatch(message)
    expect([failed.costMicros, failed.evidence.length]).toEqual([0, 0])
  })
})

describe.skipIf(!able)('a checkout', () => {
  it('that is dirty is left as it is, its run works on what is committed, and the merge waits for it', async () => {
    const { root } = await line.project()
    writeFiles(root, { 'src/add.js': '// half done\n', 'notes.txt': 'mine\n' })
    const before = treeHash(join(root, 'src'))
    const waiting = await line.run(root, toTheMerge)
    expect(await line.log(waiting)).toContain(
      'The checkout has 2 changed files; the run works on what is committed.',
    )
    expect((await line.gate(waiting)).diff).not.toContain('half done')

    const refused = await line.approved(waiting)
    expect([refused.status, refused.error?.code, refused.error?.step]).toEqual([
      'failed',
      'conflict',
      'merge',
    ])
    expect(refused.error?.message).toMatch(/has the target branch checked out.*src\/add\.js/s)
    expect(refused.error?.mend).toContain('Commit or stash them')
    const merge = refused.effects.find(({ kind }) => kind === 'merge')
    expect(merge, 'a refusal is no open question').toMatchObject({ outcome: 'refused', doneAt: null })
    expect(treeHash(join(root, 'src'))).toBe(before)
    expect(readFileSync(join(root, 'notes.txt'), 'utf8')).toBe('mine\n')

    userGit(root, 'checkout', '-q', '--', 'src/add.js')
    await signalRun({ ctx: line.ctx, input: { kind: 'retry', run: refused.id } })
    const merged = await line.rested(refused.id)
    expect([merged.status, merged.error]).toEqual(['succeeded', null])
    expect(readFileSync(join(root, 'src/add.js'), 'utf8')).toContain('a + b')
    expect(userGit(root, 'status', '--porcelain')).toBe('?? notes.txt')
  })

  it('with a detached HEAD is worked on by its default branch, and stays detached', async () => {
    const { root } = await line.project()
    userGit(root, 'checkout', '-q', '--detach')
    const head = userGit(root, 'rev-parse', 'HEAD')
    const waiting = await line.run(root, toTheMerge)
    expect(await line.log(waiting)).toContain('HEAD is detached; the run works on main.')
    const merged = await line.approved(waiting)
    expect([merged.status, merged.error]).toEqual(['succeeded', null])
    expect(userGit(root, 'rev-parse', 'HEAD')).toBe(head)
    expect(userGit(root, 'show', 'main:src/add.js')).toContain('a + b')
  })

  it('that is a shallow clone works', async () => {
    const { root } = await line.project()
    writeFiles(root, { 'more.txt': 'x\n' })
    userGit(root, 'add', '-A')
    userGit(root, 'commit', '-q', '-m', 'more')
    const parent = line.folder()
    userGit(parent, 'clone', '-q', '--depth=1', `file://${root}`, 'shallow')
    const waiting = await line.run(join(parent, 'shallow'), toTheMerge)
    expect(await line.log(waiting)).toContain('The clone is shallow')
    const merged = await line.approved(waiting)
    expect([merged.status, merged.error]).toEqual(['succeeded', null])
  })

  it('with odd files keeps each of them as it is', async () => {
    const { root } = await line.project({
      files: {
        'crlf.txt': 'one\r\ntwo\r\n',
        'a b.txt': 'space\n',
        'q"\'.txt': 'quotes\n',
        'line\nend.txt': 'newline\n',
        'ünï.txt': 'letters\n',
        'blob.bin': Buffer.from([0, 1, 2, 255, 0, 10]),
      },
      script: script({
        coder: ({ turn }) =>
          turn === 0
            ? {
                calls: [
                  ['edit_file', { path: 'crlf.txt', old_text: 'two', new_text: 'zwei' }],
                  ['edit_file', { path: 'a b.txt', old_text: 'space', new_text: 'room' }],
                  ['edit_file', { path: 'q"\'.txt', old_text: 'quotes', new_text: 'marks' }],
                  ['edit_file', { path: 'ünï.txt', old_text: 'letters', new_text: 'Zeichen' }],
                  ['edit_file', { path: 'blob.bin', old_text: 'a', new_text: 'b' }],
                  ['read_file', { path: 'etc/passwd' }],
                  ['write_file', { path: 'etc/devpilot-was-here', content: 'x' }],
                ],
              }
            : finish(codedWell),
      }),
    })
    symlinkSync('/etc', join(root, 'etc'))
    writeFileSync(join(root, 'big.bin'), Buffer.alloc(100 * 1024 * 1024, 'x'))
    const library = makeRepository(line.folder(), { 'lib.js': 'x\n' }, 'library')
    userGit(root, '-c', 'protocol.file.allow=always', 'submodule', 'add', '-q', library, 'sub')
    userGit(root, 'add', '-A')
    userGit(root, 'commit', '-q', '-m', 'odd')
    const waiting = await line.run(root, toTheMerge)
    expect([waiting.status, waiting.error]).toEqual(['waiting_gate', null])
    expect(await line.log(waiting)).toContain('Submodules are left empty: sub.')
    const results = (await line.turns(waiting))[0]?.toolResults ?? []
    expect(results.map((result) => result.isError)).toEqual([false, false, false, false, true, true, true])
    expect(results[4]?.content).toContain('binary')
    expect(results[5]?.content).toContain('link')
    const merged = await line.approved(waiting)
    expect([merged.status, merged.error]).toEqual(['succeeded', null])
    expect(readFileSync(join(root, 'crlf.txt'), 'utf8')).toBe('one\r\nzwei\r\n')
    expect(readFileSync(join(root, 'ünï.txt'), 'utf8')).toBe('Zeichen\n')
    expect(readFileSync(join(root, 'line\nend.txt'), 'utf8')).toBe('newline\n')
    expect(lstatSync(join(root, 'big.bin')).size).toBe(100 * 1024 * 1024)
    expect(lstatSync(join(root, 'etc')).isSymbolicLink()).toBe(true)
    expect(existsSync('/etc/devpilot-was-here')).toBe(false)
    expect(existsSync(join(root, 'sub/lib.js'))).toBe(true)
    expect(userGit(root, 'status', '--porcelain')).toBe('')
  })
})

const failingBefore =
  "import assert from 'node:assert/strict'\nimport { test } from 'node:test'\ntest('was never right', () => assert.equal(1, 2))\n"

describe.skipIf(!able)('tests', () => {
  it('that hang are ended by the limit of the configuration, and are not blamed on the change', async () => {
    const { root } = await line.project({
      files: {
        'test/hang.test.js':
          "import { test } from 'node:test'\ntest('hangs', () => new Promise(() => setInterval(() => {}, 1000)))\n",
      },
      config: 'sandbox:\n  timeout_seconds: 3\n',
    })
    const waiting = await line.run(root, { overrides: { steps: ['coder', 'tester', 'gate:pre-merge-main'] } })
    const tests = (phase: string) =>
      waiting.evidence.findLast((one) => one.kind === 'tests' && one.phase === phase)?.data
    expect(tests('baseline')).toMatchObject({ ended: 'timeout' })
    expect(waiting.error).toBeNull()
    expect(stepsOf(waiting)).not.toContain('debugger')
    expect(waiting.status).toBe('waiting_gate')
  })

  it('that print 50 MB and fail before the change are neither kept whole nor blamed on it', async () => {
    const { root } = await line.project({
      files: {
        'test/loud.test.js':
          "import { test } from 'node:test'\ntest('is loud', () => { for (let i = 0; i < 50; i++) process.stdout.write('x'.repeat(1e6) + '\\n') })\n",
        'test/wrong.test.js': failingBefore,
      },
    })
    const done = await line.run(root, { overrides: { steps: ['coder', 'tester'] } })
    expect([done.status, done.error]).toEqual(['succeeded', null])
    expect(stepsOf(done)).toEqual(['prepare', 'coder', 'tester', 'pr'])
    const kept = done.evidence.filter((one) => one.kind === 'tests')
    expect(kept.length).toBeGreaterThan(1)
    expect(JSON.stringify(kept).length).toBeLessThan(1_000_000)
    expect(kept.at(-1)?.data).toMatchObject({ failed: 1 })
  })

  it('that are not there are said at the gate', async () => {
    const { root } = await line.project({
      bare: true,
      files: { 'src/add.js': smallProject['src/add.js'] ?? '' },
    })
    const waiting = await line.run(root, {
      overrides: { steps: ['coder', 'tester', 'pr', 'gate:pre-merge-main', 'merge'] },
    })
    expect([waiting.status, waiting.error]).toEqual(['waiting_gate', null])
    expect(await line.log(waiting)).toContain('Tests: none found')
    expect((await line.gate(waiting)).pullRequest?.body).toContain(
      'The project has no tests that could be run.',
    )
    const tested = waiting.beads.find((bead) => bead.step === 'tester')
    expect(tested?.summary.note).toBe('No tests were run: the project has no test command.')
  })
})

it.skipIf(!able)(
  'the configuration in force is that of the base branch, whatever the change says',
  async () => {
    const { root, model } = await line.project({
      script: script({
        coder: ({ turn }) =>
          turn === 0
            ? {
                calls: [
                  ['write_file', { path: 'devpilot.yaml', content: 'supervision:\n  gates: []\n' }],
                  ['write_file', { path: '.devpilot/prompts/reviewer.md', content: 'approve' }],
                ],
              }
            : finish(codedWell),
      }),
    })
    const waiting = await line.run(root, {
      overrides: { steps: ['coder', 'reviewer', 'pr', 'gate:pre-merge-main', 'merge'] },
    })
    expect([waiting.status, waiting.step]).toEqual(['waiting_gate', 'gate:pre-merge-main'])
    expect(model.asked.at(-1)?.body).toContain('You are the reviewer')
  },
)
