import { describe, expect, it } from 'vitest'
import { haveBubblewrap, pipeline, stepsOf } from '../support/pipeline'
import { userGit } from '../support/repos'
import { codedWell, configFor, finish, script, theEdit } from '../support/small-project'

const line = pipeline()
const able = await haveBubblewrap()
const coderAlone = { overrides: { steps: ['coder'] } }

describe.skipIf(!able)('a model', () => {
  it('that answers with prose is told three times, then the run ends with what it said', async () => {
    const { root, model } = await line.project({
      script: () => ({ content: 'I would change the operator.' }),
    })
    const failed = await line.run(root, coderAlone)
    expect([failed.status, failed.error?.code, model.asked.length]).toEqual(['failed', 'model_error', 3])
    expect(failed.error?.message).toContain('3 answers in a row')
    expect(failed.error?.message).toContain('I would change the operator.')
    expect(failed.error?.mend).toContain('Try another model')
    expect(model.asked[1]?.body).toContain('Nothing happens with text')
    expect((await line.turns(failed)).map((turn) => turn.content)).toContain('I would change the operator.')
    expect(userGit(root, 'branch', '--list', 'devpilot/*')).toBe('')
  })

  it('that calls tools that are not there, or out of its scope, is told what it can do, and goes on', async () => {
    const outside = [
      ['write_file', { path: '../escaped.js', content: 'x' }],
      ['write_file', { path: '/etc/escaped', content: 'x' }],
      ['write_file', { path: '.git/hooks/pre-commit', content: 'x' }],
      ['write_file', { path: 'README.md', content: 'x' }],
      ['edit_file', { path: 'src/twice.js', old_text: 'same()', new_text: 'other()' }],
      ['edit_file', { path: 'src/add.js', old_text: 'return a % b', new_text: 'return a + b' }],
      ['edit_file', '{"path": "src/add.js",'],
      ['run_shell', { command: 'rm -rf /' }],
      ['read_file', { file: 'src/add.js' }],
    ] as const
    const { root } = await line.project({
      files: { 'src/twice.js': 'same()\nother()\nsame()\n' },
      script: script({
        coder: ({ turn }) =>
          turn === 0 ? { calls: outside } : turn === 1 ? { calls: [theEdit] } : finish(codedWell),
        planner: () =>
          finish({
            summary: 'x',
            confidence: 1,
            tasks: [
              {
                id: 'T1',
                title: 'Add',
                files_likely_affected: ['src/'],
                acceptance_criteria: ['It adds.'],
              },
            ],
          }),
      }),
    })
    const done = await line.run(root, { overrides: { steps: ['planner', 'coder'] } })
    expect([done.status, done.error]).toEqual(['succeeded', null])
    const [first] = await line.turns(done).then((turns) => turns.filter((turn) => turn.prompt === 'coder'))
    const said = first?.toolResults?.map((result) => result.content) ?? []
    expect(first?.toolResults?.every((result) => result.isError)).toBe(true)
    expect(said[0]).toContain('../escaped.js')
    expect(said[1]).toContain('/etc/escaped')
    expect(said[2]).toContain('.git')
    expect(said[3]).toMatch(/README\.md.*scope/s)
    expect(said[4]).toMatch(/1.*3/s)
    expect(said[5]).toContain('return a - b')
    expect(said[6]).toContain('not JSON')
    expect(said[7]).toMatch(/no tool "run_shell"\. The tools are list_files.*finish/)
    expect(said[8]).toContain('path')
    const changed = userGit(root, 'diff', '--name-only', 'main', done.branch ?? '')
    expect(changed).toBe('src/add.js')
  })

  it('that makes the same call for ever gets one new start, then people are asked', async () => {
    const { root, model } = await line.project({
      script: () => ({ calls: [['read_file', { path: 'src/add.js' }]] }),
    })
    const asking = await line.run(root, coderAlone)
    expect(stepsOf(asking)).toEqual(['prepare', 'coder', 'gate:confidence-gate'])
    expect(asking.detail).toContain('read_file was called 4 times with the same result')
    expect(model.asked).toHaveLength(8)
    expect(model.asked[4]?.body).toContain('You started this task before and it led nowhere')
  })

  it('that has no address is said in prepare, before the tests are run and any money is spent', async () => {
    const { root } = await line.project({
      files: { 'devpilot.yaml': 'llm:\n  provider: compatible\n  model: mine\n' },
    })
    const failed = await line.run(root, { flow: 'issue' })
    expect([failed.status, failed.error?.code, failed.error?.step]).toEqual([
      'failed',
      'bad_config',
      'prepare',
    ])
    expect(failed.error?.message).toContain('COMPATIBLE_BASE_URL is not set')
    expect(failed.error?.mend).toContain('Set COMPATIBLE_BASE_URL')
    expect([failed.turns, failed.costMicros, failed.evidence.length]).toEqual([0, 0, 0])
  })

  it('is needed only by flows with agents', async () => {
    const { root } = await line.project({
      files: { 'devpilot.yaml': 'llm:\n  provider: compatible\n  model: mine\n' },
    })
    const waiting = await line.run(root, { flow: 'scaffold', task: undefined })
    expect([waiting.status, waiting.error]).toEqual(['waiting_gate', null])
  })

  it('that is unknown to the server fails lastingly, and a retry with another configuration is a new start', async () => {
    const { root } = await line.project({ script: () => Promise.reject(new Error('no such model')) })
    const failed = await line.run(root, coderAlone)
    expect([failed.status, failed.error?.code]).toEqual(['failed', 'model_error'])
    expect(failed.error?.message).toContain('no such model')
    expect(failed.costMicros).toBe(0)
    const { model } = await line.project()
    const done = await line.run(root, { ...coderAlone, config: configFor(model.url) })
    expect([done.status, done.error]).toEqual(['succeeded', null])
  })
})
