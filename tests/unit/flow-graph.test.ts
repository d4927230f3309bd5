import { describe, expect, test } from 'vitest'
import { defaultConfig, flowFor, limitsOf } from '@/lib/core/config'
import { builtInFlows, completeFlow, type FlowStep } from '@/lib/core/flow'
import { flowGraph, targetText } from '@/lib/core/flow-graph'
import { flowsOf } from '@/lib/core/flow-list'
import { defaultLimits } from '@/lib/core/limits'
import { parseConfig } from '@/lib/workspace/config/parse'

const lines = (flow: readonly FlowStep[], limits = defaultLimits) =>
  flowGraph(flow, limits).edges.map(
    ({ from, to, when, way }) =>
      `${from} ${way} ${targetText(to)}${when.length > 0 ? `: ${when.join('; ')}` : ''}`,
  )

describe('the picture of a flow', () => {
  const issue = flowFor(defaultConfig(), { flow: 'issue', trigger: 'manual' })
  const limits = limitsOf(defaultConfig())

  test('has the loops, the ways to people and the ends of the table', () => {
    expect(lines(issue, limits)).toEqual([
      'prepare next planner',
      'planner next coder',
      'planner out people are asked: under 0.75 sure, or blockers; no progress',
      'planner out ends aborted: nothing to be done',
      'coder next reviewer',
      'coder back planner: needs other files, up to 2 times',
      'coder out people are asked: still needs other files; out of turns; no progress',
      'reviewer next tester: approves',
      'reviewer back coder: approves, next task; asks for changes, 3 tries',
      'reviewer out people are asked: still asks for changes; under 0.92 sure, or security, data_loss; no progress',
      'tester next pr: pass',
      'tester next debugger: fail, up to 3 fixes',
      'tester out people are asked: still fail; cannot be run; no progress',
      'tester back coder: coverage too low',
      'pr next evaluate',
      'pr out ends aborted: nothing changed',
      'pr out people are asked: seems to carry secrets',
      'evaluate next gate pre-merge-main',
      'gate:pre-merge-main next merge: approved',
      'gate:pre-merge-main out ends rejected: rejected',
      'merge next reflect',
      'merge back gate pre-merge-main: changed since it was approved',
      'reflect next ends succeeded',
      'debugger back tester: fixed',
      'debugger out people are asked: found no fix; no progress',
      'debugger out ends failed: cannot be fixed here',
    ])
  })

  test('shows a debugger that is only ever inserted right after its tester', () => {
    const { steps } = flowGraph(issue, limits)
    const at = steps.findIndex(({ step }) => step === 'debugger')
    expect(steps[at - 1]?.step).toBe('tester')
    expect(steps.filter(({ inserted }) => inserted).map(({ step }) => step)).toEqual(['debugger'])
  })

  test.each(Object.keys(builtInFlows) as (keyof typeof builtInFlows)[])(
    'of %s leads from every step',
    (name) => {
      const flow = completeFlow(builtInFlows[name])
      const { steps, edges } = flowGraph(flow, defaultLimits)
      for (const { step } of steps)
        expect(
          edges.some(({ from }) => from === step),
          step,
        ).toBe(true)
      expect(edges.some(({ to }) => to.kind === 'end' && to.status === 'succeeded')).toBe(true)
    },
  )

  test('a gate that approves by itself has that arrow', () => {
    const gate = {
      id: 'g',
      trigger: 'always',
      type: 'human_approval',
      requiredApprovers: 1,
      timeoutHours: 2,
      notify: [],
    } as const
    const flow: FlowStep[] = ['prepare', 'coder', 'gate:g', 'pr']
    const one = (onTimeout: 'auto_approve' | 'escalate' | 'block') =>
      lines(flow, { ...defaultLimits, gates: [{ ...gate, notify: [], onTimeout }] }).filter((line) =>
        line.includes('nobody'),
      )
    expect(one('auto_approve')).toEqual(['gate:g next pr: approved; nobody decided in 2 h'])
    expect(one('escalate')).toEqual(['gate:g out ends aborted: nobody decided in 2 h, twice'])
    expect(one('block')).toEqual([])
  })
})

describe('the flows of a configuration', () => {
  test('are its own first, resolved with its gates; one that cannot run says why', () => {
    const flows = flowsOf(
      parseConfig('pipeline:\n  flows:\n    quick: [coder, tester]\n    issue: [coder, merge]\n'),
    )
    expect(flows.slice(0, 2)).toMatchObject([
      { name: 'quick', from: 'devpilot.yaml', steps: ['prepare', 'coder', 'tester', 'pr'], problem: null },
      {
        name: 'issue',
        about: 'Takes the built-in one’s place.',
        steps: ['prepare', 'coder', 'gate:pre-merge-main', 'pr', 'merge'],
      },
    ])
    expect(flows.filter(({ name }) => name === 'issue')).toHaveLength(1)
  })

  test('name what starts them', () => {
    const flows = flowsOf(defaultConfig())
    expect(flows.find(({ name }) => name === 'ci_failure')?.triggers).toEqual(['ci_failure'])
    expect(flows.find(({ name }) => name === 'tests')?.triggers).toEqual(['schedule'])
  })
})
