import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Account, accountKeys, formatMicros, remainingMicros, tooSmall } from '@/lib/core/budget'
import { boundedConfidence, type ConfidenceSignals } from '@/lib/core/confidence'
import { type EvaluationFacts, evaluate, evaluationWeights } from '@/lib/core/evaluation'
import { evidenceText, tally } from '@/lib/core/gate'
import { defaultLimits } from '@/lib/core/limits'
import { outcomeSchema } from '@/lib/core/outcome'
import { orderTasks } from '@/lib/core/plan'
import { backoffMs } from '@/lib/core/retry'
import { route } from '@/lib/core/route'
import { initialState } from '@/lib/core/run'
import { redactShapes, secretsIn } from '@/lib/core/secrets'
import { assertTransition, runStatusNames, runTransitions } from '@/lib/core/status'
import { dueInMs, errorOutcome } from '@/lib/engine/engine'
import { AppError, databaseUnavailable, toAppError } from '@/lib/errors'
import { redactDeep } from '@/lib/log'
import { someTask } from '../support/walk'

describe('statuses', () => {
  test('every pair is either in the table or refused', () => {
    for (const from of runStatusNames) {
      for (const to of runStatusNames) {
        const check = () => assertTransition(from, to)
        if (runTransitions[from].includes(to)) expect(check).not.toThrow()
        else expect(check).toThrow(`A run that is ${from} cannot become ${to}.`)
      }
    }
    expect(runTransitions.succeeded).toEqual([])
  })
})

describe('budget', () => {
  const account = (change: Partial<Account>): Account => ({
    key: 'run:1',
    limitMicros: 100,
    spentMicros: 0,
    reservedMicros: 0,
    ...change,
  })

  test('what is left is the limit less what is spent and held, never under nothing', () => {
    fc.assert(
      fc.property(fc.nat(), fc.nat(), fc.nat(), (limitMicros, spentMicros, reservedMicros) => {
        const left = remainingMicros(account({ limitMicros, spentMicros, reservedMicros }))
        expect(left).toBe(Math.max(0, limitMicros - spentMicros - reservedMicros))
        const one = account({ limitMicros, spentMicros, reservedMicros })
        expect(tooSmall([one], left)).toBeNull()
        expect(tooSmall([one], left + 1)).toBe(one)
      }),
    )
    expect(remainingMicros(account({ limitMicros: null, spentMicros: 10 ** 15 }))).toBe(
      Number.POSITIVE_INFINITY,
    )
  })

  test.each([
    [0, '$0.00'],
    [1, '$0.0000'],
    [4_200, '$0.0042'],
    [420_000, '$0.42'],
    [3_000_000, '$3.00'],
  ])('%d micro-dollars are %s', (micros, text) => expect(formatMicros(micros)).toBe(text))

  test('a run counts against itself, its repository, its trigger and the day', () => {
    const keys = accountKeys({ id: 'r', repositoryId: 'p', trigger: 'cli' }, '2026-11-20')
    expect(keys).toEqual(['run:r', 'repository:p:2026-11-20', 'trigger:cli:2026-11-20', 'day:2026-11-20'])
  })
})

describe('confidence', () => {
  const count = fc.option(fc.nat({ max: 5 }), { nil: null })
  const signals: fc.Arbitrary<ConfidenceSignals> = fc.record({
    testsPassed: fc.constantFrom(true, false, null),
    newLintFindings: count,
    newTypeErrors: count,
    weakenedTests: fc.nat({ max: 3 }),
    outOfScopeFiles: fc.nat({ max: 3 }),
    secretsFound: fc.nat({ max: 3 }),
  })

  test('checks only lower it, it stays within 0 and 1, and worse findings never raise it', () => {
    fc.assert(
      fc.property(fc.double({ min: -1, max: 2, noNaN: true }), signals, (own, found) => {
        const { score, caps } = boundedConfidence(own, found)
        expect(score).toBeGreaterThanOrEqual(0)
        expect(score).toBeLessThanOrEqual(Math.min(1, Math.max(0, own)))
        const worse = boundedConfidence(own, { ...found, testsPassed: false, secretsFound: 1 })
        expect(worse.score).toBeLessThanOrEqual(score)
        if (caps.length === 0) expect(score).toBe(Math.min(1, Math.max(0, own)))
      }),
    )
  })
})

describe('plans', () => {
  test('every task comes after those it depends on, and none is lost', () => {
    const plan = fc.integer({ min: 1, max: 12 }).chain((size) =>
      fc
        .array(fc.subarray(Array.from({ length: size }, (_, i) => i)), { minLength: size, maxLength: size })
        .map((wanted) =>
          wanted.map((others, i) =>
            someTask(
              `T${i}`,
              others.filter((other) => other < i).map((other) => `T${other}`),
            ),
          ),
        )
        .chain((tasks) => fc.shuffledSubarray(tasks, { minLength: size })),
    )
    fc.assert(
      fc.property(plan, (tasks) => {
        const ordered = orderTasks(tasks)
        if (!ordered.ok) throw new Error(ordered.problem)
        const ids = ordered.tasks.map(({ id }) => id)
        expect(ids.toSorted()).toEqual(tasks.map(({ id }) => id).toSorted())
        for (const task of ordered.tasks)
          for (const other of task.dependencies) expect(ids.indexOf(other)).toBeLessThan(ids.indexOf(task.id))
      }),
    )
  })

  test.each([
    ['the same id', [someTask('A'), someTask('A')], 'same id'],
    ['an unknown dependency', [someTask('A', ['B'])], 'not in the plan'],
    ['a circle', [someTask('A', ['B']), someTask('B', ['A'])], 'circle'],
    ['itself', [someTask('A', ['A'])], 'circle'],
  ])('%s is a problem', (_what, tasks, problem) => {
    expect(orderTasks(tasks)).toMatchObject({ ok: false, problem: expect.stringContaining(problem) })
  })
})

describe('evaluation', () => {
  const measured = fc.option(fc.integer({ min: -100, max: 100 }), { nil: null })
  const facts: fc.Arbitrary<EvaluationFacts> = fc.record({
    testsPassed: fc.constantFrom(true, false, null),
    newLintFindings: fc.option(fc.nat({ max: 50 }), { nil: null }),
    newTypeErrors: fc.option(fc.nat({ max: 50 }), { nil: null }),
    reviewWarnings: fc.nat({ max: 50 }),
    reviewBlocking: fc.nat({ max: 50 }),
    testsAdded: fc.nat({ max: 50 }),
    testsWeakened: fc.nat({ max: 50 }),
    coverageDelta: measured,
    coveragePercent: fc.option(fc.nat({ max: 100 }), { nil: null }),
    linesAdded: fc.nat(),
    linesRemoved: fc.nat(),
    filesChanged: fc.nat(),
    longestLine: fc.nat(),
    deepestNesting: fc.nat({ max: 40 }),
  })

  test('weights are those of the specification and make one', () => {
    expect(evaluationWeights).toEqual({
      code_quality: 0.3,
      test_coverage: 0.25,
      maintainability: 0.25,
      readability: 0.2,
    })
  })

  test('every part and the score lie within 0 and 100, the score is their weighted sum, inputs explain the parts', () => {
    fc.assert(
      fc.property(facts, (found) => {
        const { score, parts } = evaluate(found)
        const { code_quality: a, test_coverage: b, maintainability: c, readability: d } = parts
        expect(score).toBe(Math.round(0.3 * a.value + 0.25 * b.value + 0.25 * c.value + 0.2 * d.value))
        for (const { value, inputs } of [a, b, c, d]) {
          expect(value).toBeGreaterThanOrEqual(0)
          expect(value).toBeLessThanOrEqual(100)
          const sum = inputs.reduce((total, { points }) => total + points, 0)
          expect(value).toBe(Math.round(Math.min(100, Math.max(0, sum))))
        }
      }),
    )
  })
})

describe('gates', () => {
  test('a rejection rejects; only different approvers count', () => {
    const yes = (actorId: string) => ({ actorId, decision: 'approve' as const })
    expect(tally([], 1)).toBe('waiting')
    expect(tally([yes('a'), yes('a')], 2)).toBe('waiting')
    expect(tally([yes('a'), yes('b')], 2)).toBe('approved')
    expect(tally([yes('a'), yes('b'), { actorId: 'c', decision: 'reject' }], 2)).toBe('rejected')
  })

  test('text that moves from one part to the next makes another evidence', () => {
    const rest = { diff: '', plan: '', policy: '' }
    const one = evidenceText({ baseSha: 'a', headSha: 'b\nc', ...rest })
    expect(evidenceText({ baseSha: 'a\nb', headSha: 'c', ...rest })).not.toBe(one)
  })

  test('no two evidences have one text, wherever the border of their parts lies', () => {
    const part = fc.string({ unit: fc.constantFrom('a', ':', '\n', '1', '2') })
    const evidence = fc.record({ baseSha: part, headSha: part, diff: part, plan: part, policy: part })
    fc.assert(
      fc.property(evidence, evidence, (a, b) => {
        expect(evidenceText(a) === evidenceText(b)).toBe(
          JSON.stringify(Object.values(a)) === JSON.stringify(Object.values(b)),
        )
      }),
      { numRuns: 2_000 },
    )
  })
})

test('waits grow, are capped, and are never under what the server asked for', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 2_000 }),
      fc.double({ min: 0, max: 0.999, noNaN: true }),
      fc.nat(),
      (n, random, floorMs) => {
        const ms = backoffMs(n, random, { floorMs })
        expect(ms).toBeGreaterThanOrEqual(floorMs)
        expect(ms).toBeLessThanOrEqual(Math.max(60_000, floorMs))
      },
    ),
  )
})

describe('secrets', () => {
  test.each([
    ['sk-abcdefghijklmnopqrstuvwx', 'openai-or-anthropic-key'],
    [`ghp_${'a'.repeat(36)}`, 'github-token'],
    ['AKIAIOSFODNN7EXAMPLE', 'aws-access-key'],
    [`npm_${'a'.repeat(36)}`, 'npm-token'],
    ['//npm.example/:_authToken=abcdef123456', 'npm-token'],
    [`dp_0123456789_${'a-_Z'.repeat(10)}abc`, 'devpilot-key'],
    [`pypi-AgEIcHlwaS5vcmc${'a'.repeat(40)}`, 'pypi-token'],
    [`glpat-${'a'.repeat(20)}`, 'gitlab-token'],
    ['postgres://me:hunter2hunter@host/db', 'url-password'],
  ])('%s is found and redacted', (text, rule) => {
    expect(secretsIn(`x ${text} y`)).toContain(rule)
    expect(redactShapes(`x ${text} y`)).toContain('[redacted]')
  })

  test('redacting a document never takes its quotes: what follows an address stays', () => {
    const value = { a: 'http://localhost:3000', b: ['@scope/x'], c: { d: 'sk-abcdefghijklmnopqrstuvwx' } }
    expect(redactDeep(value)).toEqual({ ...value, c: { d: '[redacted]' } })
  })
})

describe('errors', () => {
  const wrapped = (cause: unknown) => new Error('Failed query: insert into x\nparams: secret', { cause })
  const coded = (code: string, message = 'said') => Object.assign(new Error(message), { code })
  const fatal = (code: string, severity = 'FATAL') => Object.assign(coded(code), { severity })

  test.each([
    ['a deadlock', wrapped(coded('40P01')), 'internal', true],
    ['a server that stops', wrapped(coded('57P01')), 'unavailable', true],
    ['a lost connection', wrapped(new Error('Connection terminated unexpectedly')), 'unavailable', true],
    [
      'a connection that was given up',
      wrapped(new Error('Client was closed and is not queryable')),
      'unavailable',
      true,
    ],
    ['a connection that could not be made', wrapped(databaseUnavailable('said')), 'unavailable', true],
    ['no route to it', wrapped(coded('ECONNREFUSED')), 'unavailable', true],
    ['no route to another server', coded('ECONNREFUSED'), 'internal', true],
    ['a database that is read-only', wrapped(coded('25006')), 'unavailable', true],
    ['a full disk of the database', wrapped(coded('53100')), 'unavailable', true],
    ['a full disk here', coded('ENOSPC'), 'disk_full', false],
    ['a refused value', wrapped(coded('22P02')), 'internal', false],
    ['a statement that took too long, or was cancelled', wrapped(coded('57014')), 'internal', true],
    ['a lock that did not come in time', wrapped(coded('55P03')), 'internal', true],
    ['a transaction that was idle for too long', wrapped(fatal('25P03')), 'internal', true],
    ['a transaction that took too long', wrapped(fatal('25P04')), 'internal', true],
    ['memory that the server has not', wrapped(coded('53200')), 'unavailable', true],
    ['a limit of the server', wrapped(coded('53400')), 'unavailable', true],
    ['a block that the server cannot read', wrapped(coded('58030')), 'unavailable', true],
    ['a connection exception', wrapped(coded('08006')), 'unavailable', true],
    ['a pooler whose server went away', wrapped(fatal('08P01')), 'unavailable', true],
    ['a pooler without room', wrapped(fatal('XX000')), 'unavailable', true],
    ['a server that stops all', wrapped(fatal('XX001', 'PANIC')), 'unavailable', true],
    ['a message of ours that is none', wrapped(coded('08P01')), 'internal', false],
    ['an error inside the server', wrapped(coded('XX000')), 'internal', false],
  ])('%s', (_what, error, code, transient) => {
    expect(toAppError(error)).toMatchObject({ code, transient })
  })

  test('a statement’s values never become the message', () => {
    expect(toAppError(wrapped(coded('22P02'))).message).toBe('said')
  })
})

test.each([
  {},
  { kind: 'nothing' },
  { kind: 'abort' },
  { kind: 'planned', tasks: [], confidence: 1, blockers: [] },
])('no outcome: %j', (value) => expect(outcomeSchema.safeParse(value).success).toBe(false))

test('what another server asks to wait is waited for', () => {
  const error = new AppError('forge_error', 'Slower.', { transient: true, retryAfterMs: 90_000 })
  const outcome = errorOutcome(error)
  const state = { ...initialState(defaultLimits), status: 'running' as const }
  expect(dueInMs(outcome, route(state, outcome), 0)).toBe(90_000)
})
