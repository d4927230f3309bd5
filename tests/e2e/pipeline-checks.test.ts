import { describe, expect, it } from 'vitest'
import { pipeline, stepsOf } from '../support/pipeline'
import { finish, script, theEdit } from '../support/small-project'

const line = pipeline()
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
