import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { haveBubblewrap, pipeline, stepsOf } from '../support/pipeline'
import { userGit, writeFiles } from '../support/repos'
import { codedWell, configFor, finish, script, theEdit } from '../support/small-project'

const line = pipeline()
const able = await haveBubblewrap()
const tested = ['coder', 'tester', 'pr', 'gate:pre-merge-main', 'merge']
/** A sandbox that works on no machine. */
const noSandbox = 'sandbox:\n  adapter: docker\n  image: localhost/devpilot-no-such-image:0\n'

describe('without a sandbox', () => {
  it('tests that are there count as not run: no tester is paid, and people are asked', async () => {
    const { root, model } = await line.project({ config: noSandbox })
    const asking = await line.run(root, { overrides: { steps: tested } })
    expect([asking.status, asking.error]).toEqual(['waiting_gate', null])
    expect(stepsOf(asking)).toEqual(['prepare', 'coder', 'tester', 'gate:confidence-gate'])
    expect(asking.detail).toContain('The tests could not be run: Commands are refused')
    expect(asking.detail).toContain('sandbox: { adapter: none }')
    expect(await line.log(asking)).toContain('warning: Tests will not be run')
    expect(model.asked.map((call) => call.role)).toEqual(['coder', 'coder'])
    const on = await line.approved(asking)
    expect(stepsOf(on).slice(-2)).toEqual(['pr', 'gate:pre-merge-main'])
  })

  it('a fix of the debugger is not taken untested', async () => {
    const { root } = await line.project({
      config: noSandbox,
      script: script({
        debugger: ({ turn }) =>
          turn === 0
            ? { calls: [theEdit] }
            : finish({
                status: 'fixed',
                root_cause: 'The operator.',
                hypotheses: [{ cause: 'The operator.', likelihood: 0.9, evidence: 'The code.' }],
                fix: 'Plus.',
                confidence: 0.9,
              }),
      }),
    })
    const asking = await line.run(root, { overrides: { steps: ['debugger', 'pr'] } })
    expect(asking.error).toBeNull()
    expect(stepsOf(asking)).toEqual(['prepare', 'debugger', 'gate:confidence-gate'])
    expect(asking.detail).toContain('The fix could not be tested: Commands are refused')
  })
})

it('a repository cannot turn the sandbox off by itself', async () => {
  const { root } = await line.project({ config: 'sandbox:\n  adapter: none\n  egress: [example.com]\n' })
  const failed = await line.run(root, { overrides: { steps: tested } })
  expect([failed.status, failed.error?.code, failed.error?.step]).toEqual(['failed', 'bad_config', 'prepare'])
  expect(failed.error?.mend).toContain('DEVPILOT_TRUST=none,egress')
  expect(failed.evidence).toEqual([])
})

/** A linter that no reader knows: only its exit code tells. */
const lint = {
  'lint.mjs':
    "import { readdirSync, readFileSync } from 'node:fs'\nconst bad = ['src', 'test'].flatMap((d) => readdirSync(d).map((f) => d + '/' + f)).filter((f) => readFileSync(f, 'utf8').includes('BAD'))\nif (bad.length > 0) { console.log('not good: ' + bad); process.exit(3) }\n",
}
const lintConfig = 'project:\n  lint_command: node lint.mjs\n'
const goodTest =
  "import assert from 'node:assert/strict'\nimport { test } from 'node:test'\nimport { add } from '../src/add.js'\n\ntest('adds two and two', () => {\n  assert.equal(add(2, 2), 4)\n})\n"
const testedWell = finish({
  tests: [{ file: 'test/sum.test.js', name: 'adds two and two', proves: 'It adds.' }],
  summary: 'One test.',
  confidence: 0.9,
})
const fixed = finish({
  status: 'fixed',
  root_cause: 'A bad word.',
  hypotheses: [{ cause: 'A bad word.', likelihood: 0.9, evidence: 'The linter.' }],
  fix: 'Without it.',
  confidence: 0.9,
})

describe.skipIf(!able)('a linter that only ends badly', () => {
  it('sends the coder back with its last lines', async () => {
    const { root, model } = await line.project({
      files: lint,
      config: lintConfig,
      script: script({
        coder: ({ turn }) => {
          const edit = (old_text: string, new_text: string) => ({
            calls: [['edit_file', { path: 'src/add.js', old_text, new_text }] as const],
          })
          if (turn === 0) return edit('return a - b', 'return a + b // BAD')
          return turn === 2 ? edit(' // BAD', '') : finish(codedWell)
        },
      }),
    })
    const done = await line.run(root, { overrides: { steps: ['coder'] } })
    expect([done.status, done.error]).toEqual(['succeeded', null])
    expect(model.asked).toHaveLength(4)
    expect(model.asked[2]?.body).toMatch(/ended with exit code 3.*not good: src\/add\.js/s)
  })

  it('sends a test that breaks it to the debugger, and the gate sees the last head linted', async () => {
    const { root, model } = await line.project({
      files: lint,
      config: lintConfig,
      script: script({
        tester: ({ turn }) =>
          turn === 0
            ? { calls: [['write_file', { path: 'test/sum.test.js', content: `// BAD\n${goodTest}` }]] }
            : testedWell,
        debugger: ({ turn }) =>
          turn === 0
            ? { calls: [['edit_file', { path: 'test/sum.test.js', old_text: '// BAD\n', new_text: '' }]] }
            : fixed,
      }),
    })
    const waiting = await line.run(root, { overrides: { steps: tested } })
    expect([waiting.status, waiting.error]).toEqual(['waiting_gate', null])
    expect(stepsOf(waiting).slice(0, 5)).toEqual(['prepare', 'coder', 'tester', 'debugger', 'tester'])
    expect(model.asked.find((call) => call.role === 'debugger')?.body).toContain('not good: test/sum.test.js')
    const linted = waiting.evidence.findLast((one) => one.kind === 'lint')
    expect([linted?.commit, linted?.data.exitCode]).toEqual([waiting.headSha, 0])
  })
})

it.skipIf(!able)('a change that empties a test comes to people with the test’s name', async () => {
  const { root } = await line.project({
    script: script({
      coder: ({ turn }) =>
        turn === 0
          ? {
              calls: [
                theEdit,
                [
                  'write_file',
                  {
                    path: 'test/add.test.js',
                    content: "import { test } from 'node:test'\ntest('nothing', () => {})\n",
                  },
                ],
              ],
            }
          : finish(codedWell),
    }),
  })
  const asking = await line.run(root, { overrides: { steps: tested } })
  expect([asking.error, stepsOf(asking).at(-1)]).toEqual([null, 'gate:confidence-gate'])
  expect(asking.detail).toMatch(/are gone:\n- test\/add\.test\.js::adds nothing/)
  expect(asking.detail).toContain('The change weakens tests')
  expect((await line.gate(asking)).leadsTo).toBe('open a pull request into main')
})

describe('the commit of a pull request', () => {
  it.each([
    [['coder', 'pr'], 'succeeded', 'success'],
    [['coder', 'pr', 'gate:pre-merge-staging'], 'succeeded', 'success'],
    [['coder', 'pr', 'gate:pre-merge-main'], 'waiting_gate', 'success'],
  ])('of the flow %j is shown with its verdict', async (steps, status, state) => {
    const gates = ['main', 'staging'].map(
      (branch) => `{ id: pre-merge-${branch}, trigger: before_merge_to_${branch}, type: human_approval }`,
    )
    const config = `supervision: { gates: [${gates.join(', ')}] }\n`
    const { root } = await line.project({ config })
    const done = await line.run(root, { overrides: { steps } })
    expect([done.status, done.error]).toEqual([status, null])
    const note = userGit(root, 'notes', '--ref=devpilot', 'show', done.headSha ?? '')
    expect(note).toMatch(new RegExp(`^devpilot: ${state}\n`))
    // `pending` is shown only where something comes after it.
    const checks = done.effects.filter((one) => one.kind === 'check').map((one) => one.intent.state)
    expect(checks).toEqual(status === 'succeeded' ? ['success'] : ['pending', 'success'])
  })
})

describe('the configuration in force', () => {
  it.each([
    ['[ai-task]', ['prepare', 'coder', 'pr']],
    ['[bug]', ['prepare', 'planner']],
  ])('with a trigger for the label ai-task, an issue labelled %s takes %j', async (labels, steps) => {
    const { root } = await line.project({
      files: {
        '.devpilot/issues/7.md': `---\ntitle: add() must add\nlabels: ${labels}\n---\nIt does not.\n`,
      },
      config:
        'pipeline:\n  triggers:\n    - { on: github_issue, label: ai-task, flow: [coder] }\n    - { on: github_issue, flow: [planner] }\n',
    })
    const asked = { flow: 'auto', trigger: 'github_issue' as const, task: undefined, issue: 7 }
    const done = await line.run(root, asked)
    expect([done.error, stepsOf(done)]).toEqual([null, steps])
  })

  it('is that of the target, in every step, where the default branch names another one', async () => {
    const { root, model } = await line.project({
      script: script({ coder: () => finish({ ...codedWell, status: 'needs_scope', files: ['x'] }) }),
    })
    userGit(root, 'checkout', '-q', '-b', 'next')
    writeFiles(root, {
      'devpilot.yaml': configFor(model.url, 'pipeline:\n  flow: [planner]\nproject:\n  main_branch: next\n'),
    })
    userGit(root, 'commit', '-qam', 'next')
    userGit(root, 'checkout', '-q', 'main')
    writeFiles(root, {
      'devpilot.yaml': configFor(model.url, 'pipeline:\n  flow: [coder]\nproject:\n  main_branch: next\n'),
    })
    userGit(root, 'commit', '-qam', 'main')
    const done = await line.run(root, { flow: 'default' })
    expect([done.error, stepsOf(done)]).toEqual([null, ['prepare', 'planner']])
    expect(done.target).toBe('next')
  })
})

it.skipIf(!able)('keys of devpilot.yaml do what they say, and those that do nothing are named', async () => {
  const { root } = await line.project({
    files: { '.github/template.md': '## Checklist\n' },
    config:
      'supervision: { audit_log: logs/audit.jsonl }\nagents: { tester: { frameworks: [vitest] } }\nintegrations: { slack: { enabled: true }, github: { pr_template: .github/template.md } }\n',
  })
  const waiting = await line.run(root, {
    overrides: { steps: ['coder', 'pr', 'gate:pre-merge-main', 'merge'] },
  })
  expect(waiting.error).toBeNull()
  const log = await line.log(waiting)
  expect(log).toContain('warning: `integrations.slack` in devpilot.yaml has no effect in this version.')
  expect(log).toContain('(vitest)')
  expect((await line.gate(waiting)).pullRequest?.body).toMatch(/^## Checklist\n/)
  expect(readFileSync(join(root, 'logs/audit.jsonl'), 'utf8')).toContain(waiting.id)
  expect(existsSync(join(root, '.devpilot'))).toBe(false)
  expect(userGit(root, 'status', '--porcelain')).toBe('')
})
