import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { builtInFlows, completeFlow, type FlowStep, isGate, stepNames } from '@/lib/core/flow'
import { gateHolds, type Limits } from '@/lib/core/limits'
import { legalOutcomes, policyOf, route } from '@/lib/core/route'
import type { RunState } from '@/lib/core/run'
import { initialState } from '@/lib/core/run'
import { applySignal, type Signal } from '@/lib/core/signal'
import { isEnded, type RunStatus, runStatusNames, runTransitions } from '@/lib/core/status'
import { anyOutcomes, begun, bothGates, gatePolicy, legalShapes, limitsOf } from '../support/walk'

const onTimeout = fc.constantFrom('block', 'auto_approve', 'escalate')
const limits: fc.Arbitrary<Partial<Limits>> = fc
  .record({
    maxIterations: fc.integer({ min: 1, max: 3 }),
    maxReplans: fc.integer({ min: 0, max: 2 }),
    maxFixAttempts: fc.integer({ min: 1, max: 3 }),
    maxAttempts: fc.integer({ min: 1, max: 3 }),
    maxReapprovals: fc.integer({ min: 0, max: 2 }),
    staging: onTimeout,
    main: onTimeout,
  })
  .map(({ staging, main, ...rest }) => ({
    ...rest,
    gates: [
      gatePolicy('pre-merge-staging', { onTimeout: staging }),
      gatePolicy('pre-merge-main', { onTimeout: main }),
    ],
  }))
const custom = fc
  .shuffledSubarray<FlowStep>([...stepNames.slice(1), 'gate:pre-merge-staging', 'gate:pre-merge-main'], {
    minLength: 1,
  })
  .map((steps) => completeFlow(steps))
const builtIn = fc.constantFrom(...Object.values(builtInFlows).map((steps) => completeFlow(steps)))
const start = fc
  .record({
    flow: fc.oneof(builtIn, custom),
    limits,
    target: fc.constantFrom('main', 'staging', 'feature'),
  })
  .map(({ flow, limits: own, target }) => begun(flow, own, target))
/** Which of the possible things happens at each moment. */
const choices = fc.array(fc.nat({ max: 1_000 }), { minLength: 1, maxLength: 120 })

/** Follows legal outcomes, resuming where money ran out, until the run ends or the choices do. */
function walk(
  from: RunState,
  picks: readonly number[],
  visit: (before: RunState, next: RunState) => void,
): RunState {
  let state = from
  for (const pick of picks) {
    if (isEnded(state.status)) return state
    const shapes = legalShapes(state)
    const outcome = shapes[pick % shapes.length]
    const next = outcome ? route(state, outcome) : applySignal(state, { kind: 'resume' })
    visit(state, next)
    state = next
  }
  return state
}

function isLegal(from: RunStatus, to: RunStatus): boolean {
  return from === to || runTransitions[from].includes(to)
}

const holding = (state: RunState) =>
  state.flow.filter((step) => isGate(step) && !state.skipped.includes(step))

/** Numbers from a seed (a linear congruential generator, constants of Numerical Recipes). */
function generator(seed: number): () => number {
  let last = seed >>> 0
  return () => {
    last = (Math.imul(last, 1_664_525) + 1_013_904_223) >>> 0
    return last >>> 8
  }
}

/** Bounds on routed outcomes from the limits of each loop alone; see the test that uses it. */
function bound({ flow, limits: own }: RunState): number {
  const tasks = 2
  const plans = 1 + own.maxReplans
  const coders = plans * tasks * (own.maxIterations + 1) + own.maxReplans + 2
  const laps = coders + own.maxFixAttempts + 3
  const visits = flow.length + laps * (flow.length + 4) + own.maxReapprovals * 2
  // A visit is at most all tries, a gate that is opened, decided and lapses twice, and a stop for money.
  return visits * (own.maxAttempts + 6)
}

describe('route', () => {
  test('every legal outcome of every reachable state leads to a state of the tables', () => {
    fc.assert(
      fc.property(start, choices, (from, picks) => {
        walk(from, picks, (before, next) => {
          expect(isLegal(before.status, next.status)).toBe(true)
          expect(runStatusNames).toContain(next.status)
          const failedAt = next.status === 'failed' && next.error !== null
          if (isEnded(next.status)) expect(next.step === 'end' || failedAt).toBe(true)
          else if (next.step !== 'end') expect(isGate(next.step) || stepNames.includes(next.step)).toBe(true)
          if (next.status === 'waiting_gate') expect(next.gate?.step).toBe(next.step)
          if (next.step !== 'end' && isGate(next.step)) expect(next.gate?.step).toBe(next.step)
          expect(legalOutcomes(next).length > 0).toBe(
            !isEnded(next.status) && next.status !== 'paused_budget',
          )
        })
      }),
      { numRuns: 2_000 },
    )
  })

  test('every other outcome is refused, and changes nothing', () => {
    fc.assert(
      fc.property(start, choices, (from, picks) => {
        const state = walk(from, picks, () => {})
        const before = JSON.stringify(state)
        const legal: readonly string[] = legalOutcomes(state)
        for (const outcome of anyOutcomes(state).filter(({ kind }) => !legal.includes(kind))) {
          expect(() => route(state, outcome)).toThrow(expect.objectContaining({ code: 'illegal_transition' }))
        }
        expect(JSON.stringify(state)).toBe(before)
      }),
      { numRuns: 500 },
    )
  })

  test('a run that was only asked for takes no outcome', () => {
    expect(legalOutcomes(initialState(limitsOf()))).toEqual([])
  })

  test('a run that ended never moves by an outcome', () => {
    for (const status of runStatusNames.filter(isEnded)) {
      const state: RunState = { ...begun(builtInFlows.issue), status, step: 'coder' }
      for (const outcome of anyOutcomes(state)) expect(() => route(state, outcome)).toThrow('cannot end')
    }
  })

  test('the limits of its loops alone end every run, whatever happens', () => {
    fc.assert(
      fc.property(start, fc.integer(), fc.boolean(), (from, seed, flees) => {
        // Half of the walks flee from the end as long as they can: the worst case is what is looked for.
        const random = generator(seed)
        const most = bound(from)
        let state = from
        while (!isEnded(state.status)) {
          if (state.status === 'paused_budget') state = applySignal(state, { kind: 'resume' })
          const all = legalShapes(state).filter(({ kind }) => kind !== 'budget_spent')
          const next = all.map((outcome) => route(state, outcome))
          const open = next.filter(({ status }) => !isEnded(status))
          const from = flees && open.length > 0 ? open : next
          state = from[random() % from.length] ?? state
          if (state.counts.steps > most) break
        }
        expect(state.counts.steps).toBeLessThanOrEqual(most)
      }),
      { numRuns: 1_500 },
    )
  })

  test('maxSteps is the last bound over everything', () => {
    fc.assert(
      fc.property(start, fc.integer({ min: 10, max: 30 }), choices, (from, maxSteps, picks) => {
        const state = walk({ ...from, limits: { ...from.limits, maxSteps } }, [...picks, ...picks], () => {})
        expect(state.counts.steps).toBeLessThanOrEqual(maxSteps)
        if (state.counts.steps === maxSteps) expect(isEnded(state.status)).toBe(true)
      }),
      { numRuns: 500 },
    )
  })
})

/**
 * What holds for gates: a flow's step behind a gate is only entered once that gate was passed (approved, or lapsed by
 * `auto_approve`) after the run last stood before it. A run that goes back behind a gate passes it again.
 */
describe('gates', () => {
  const passesInOrder = (visits: readonly [RunState, RunState][]) => {
    const passed = new Set<FlowStep>()
    for (const [before, next] of visits) {
      const left = before.step
      if (
        before.status === 'waiting_gate' &&
        left !== 'end' &&
        isGate(left) &&
        next.status !== 'waiting_gate'
      ) {
        const lapsed = policyOf(before, left).onTimeout === 'auto_approve'
        if (next.status !== 'rejected' && next.status !== 'aborted') passed.add(left)
        else expect(lapsed && next.status === 'aborted').toBe(false)
      }
      for (const gate of holding(next)) {
        const place = next.flow.indexOf(gate)
        if (next.index < place) passed.delete(gate)
        const behind = next.step !== 'end' && next.step !== gate && next.flow.indexOf(next.step) > place
        if (behind && next.index > place) expect(passed.has(gate)).toBe(true)
      }
    }
  }

  test('nothing behind a gate that holds is entered before the gate was passed: pr and merge least of all', () => {
    let merges = 0
    fc.assert(
      fc.property(start, choices, (from, picks) => {
        const visits: [RunState, RunState][] = []
        walk(from, picks, (before, next) => visits.push([before, next]))
        passesInOrder(visits)
        merges += visits.some(([, next]) => next.step === 'merge') ? 1 : 0
      }),
      { numRuns: 3_000 },
    )
    expect(merges).toBeGreaterThan(20)
  })

  test('a rejected gate ends the run: no outcome leads on to pr or merge', () => {
    fc.assert(
      fc.property(start, choices, (from, picks) => {
        const state = walk(from, picks, () => {})
        fc.pre(state.status === 'waiting_gate')
        const rejected = route(state, { kind: 'rejected', reason: 'no' })
        expect(rejected).toMatchObject({ status: 'rejected', step: 'end' })
        expect(legalOutcomes(rejected)).toEqual([])
      }),
      { numRuns: 1_000 },
    )
  })

  test('a gate that does not hold for the target is never entered', () => {
    fc.assert(
      fc.property(start, choices, (from, picks) => {
        walk(from, picks, (_before, next) => {
          if (next.step !== 'end' && isGate(next.step)) expect(next.skipped).not.toContain(next.step)
        })
      }),
      { numRuns: 1_000 },
    )
  })

  test('in a flow that names pr before merge, merge is entered only after pr was done', () => {
    fc.assert(
      fc.property(limits, choices, (own, picks) => {
        let opened = false
        walk(begun(builtInFlows.issue, own), picks, (before, next) => {
          if (before.step === 'pr' && next.step !== 'pr') opened = true
          if (next.step === 'merge') expect(opened).toBe(true)
        })
      }),
      { numRuns: 1_000 },
    )
  })

  test.each([
    ['before_merge_to_main', 'main', true],
    ['before_merge_to_main', 'staging', false],
    ['before_merge_to_staging', 'staging', true],
    ['on_low_confidence', 'staging', true],
  ])('%s and a run to %s: holds %s', (trigger, target, holds) => {
    expect(gateHolds(gatePolicy('x', { trigger }), target, 'main')).toBe(holds)
    expect(bothGates.length).toBe(2)
  })
})

describe('signals', () => {
  const signal: fc.Arbitrary<Signal> = fc.oneof(
    fc.constantFrom<Signal>({ kind: 'cancel' }, { kind: 'skip' }, { kind: 'resume' }, { kind: 'retry' }),
    fc
      .constantFrom(...stepNames, 'gate:pre-merge-main', 'gate:confidence-gate')
      .map((from): Signal => ({ kind: 'retry', from })),
  )

  test('a signal at any time is refused, or leads to a legal state from which the run can go on', () => {
    let taken = 0
    fc.assert(
      fc.property(start, choices, signal, choices, (from, picks, given, more) => {
        const state = walk(from, picks, () => {})
        let next: RunState
        try {
          next = applySignal(state, given)
        } catch (error) {
          expect(error).toMatchObject({ name: 'AppError' })
          return
        }
        taken += 1
        expect(isLegal(state.status, next.status)).toBe(true)
        const visits: [RunState, RunState][] = []
        const last = walk(next, more, (before, then) => visits.push([before, then]))
        for (const [before, then] of visits) expect(isLegal(before.status, then.status)).toBe(true)
        expect(runStatusNames).toContain(last.status)
      }),
      { numRuns: 3_000 },
    )
    expect(taken).toBeGreaterThan(500)
  })

  test('no retry or skip gets past a gate that holds and was not passed', () => {
    let tried = 0
    fc.assert(
      fc.property(start, choices, signal, (from, picks, given) => {
        const state = walk(from, picks, () => {})
        fc.pre(given.kind === 'retry' || given.kind === 'skip')
        let next: RunState
        try {
          next = applySignal(state, given)
        } catch {
          return
        }
        if (next.step === 'end') return
        tried += 1
        const ahead = state.flow.slice(state.index, Math.max(next.index, state.index))
        expect(ahead.filter((step) => holding(state).includes(step) && step !== next.step)).toEqual([])
      }),
      { numRuns: 3_000 },
    )
    expect(tried).toBeGreaterThan(200)
  })
})
