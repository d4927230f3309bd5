import { AppError } from './app-error'
import { CONFIDENCE_GATE, categoryOf, type FlowStep, isGate, parseStep } from './flow'
import { defaultConfidenceGate, type GatePolicy } from './limits'
import type { Outcome, OutcomeKind } from './outcome'
import { orderTasks } from './plan'
import { blockedBy } from './review'
import { gatesToSkip, type ResumePoint, type RunState } from './run'
import { isEnded, type RunStatus } from './status'

type Of<K extends OutcomeKind> = Extract<Outcome, { kind: K }>

/** The outcomes that each step may end with, beside `error` and `budget_spent`, which any may. */
const outcomesOf = {
  prepare: ['prepared'],
  planner: ['planned', 'abort', 'stuck'],
  coder: ['done', 'needs_scope', 'out_of_iterations', 'stuck'],
  reviewer: ['reviewed', 'stuck'],
  tester: ['tests_passed', 'tests_failed', 'coverage_low', 'exhausted', 'stuck'],
  debugger: ['fixed', 'exhausted', 'abort', 'stuck'],
  scaffold: ['done', 'abort'],
  write: ['done', 'abort'],
  pr: ['done', 'abort', 'secrets_found'],
  evaluate: ['done'],
  merge: ['done', 'evidence_changed'],
  reflect: ['done'],
  cleanup: ['done'],
  gate: ['waiting', 'adopted', 'approved', 'rejected', 'timeout'],
} as const satisfies Record<string, readonly OutcomeKind[]>

/** The outcomes that may come in this state: none for a run that ended, has not begun, or waits for money. */
export function legalOutcomes(state: RunState): readonly OutcomeKind[] {
  if (isEnded(state.status) || state.step === 'end') return []
  if (state.status === 'queued' || state.status === 'paused_budget') return []
  if (!isGate(state.step)) return [...outcomesOf[state.step], 'error', 'budget_spent']
  if (state.status !== 'waiting_gate') return ['waiting', 'adopted', 'error']
  return state.gate?.overdue ? ['approved', 'rejected'] : ['approved', 'rejected', 'timeout']
}

/**
 * The one place where a run's way is decided: the table of spec.md section 3. Pure: the same state and outcome
 * give the same next state in every engine.
 * @throws AppError('illegal_transition') for an outcome that the state does not allow.
 */
export function route(state: RunState, outcome: Outcome): RunState {
  if (!legalOutcomes(state).includes(outcome.kind)) {
    throw new AppError(
      'illegal_transition',
      `"${outcome.kind}" cannot end ${state.step} of a run that is ${state.status}.`,
    )
  }
  const counts = { ...state.counts, steps: state.counts.steps + 1 }
  const counted: RunState = { ...state, counts }
  const next = decide(counted, outcome)
  if (counts.steps < state.limits.maxSteps || isEnded(next.status)) return next
  return end(next, 'failed', `The run took more than ${state.limits.maxSteps} steps.`)
}

function decide(state: RunState, outcome: Outcome): RunState {
  switch (outcome.kind) {
    case 'prepared':
      return prepared(state, outcome)
    case 'planned':
      return planned(state, outcome)
    case 'abort':
      return end(state, state.step === 'debugger' ? 'failed' : 'aborted', outcome.reason)
    case 'done':
      return state.step === 'coder' ? afterCoder(state) : advance(state)
    case 'needs_scope':
      return replan(state, outcome)
    case 'out_of_iterations':
      return ask(state, outcome.reason, afterCoder(state))
    case 'reviewed':
      return reviewed(state, outcome)
    case 'tests_passed':
      return tested(state)
    case 'tests_failed':
      return failing(state, outcome)
    case 'coverage_low':
      return coverageLow(state, outcome)
    case 'fixed':
      return fixed(state)
    case 'exhausted':
      return ask(state, outcome.reason, tested(state))
    case 'stuck':
      return stuck(state, outcome)
    case 'secrets_found':
      return secretsFound(state, outcome)
    case 'adopted':
      return adopted(state)
    case 'waiting':
      return { ...state, status: 'waiting_gate' }
    case 'approved':
      return resume(state)
    case 'rejected':
      return end(state, 'rejected', outcome.reason)
    case 'timeout':
      return gateTimeout(state)
    case 'evidence_changed':
      return reapprove(state, outcome)
    case 'error':
      return failed(state, outcome)
    case 'budget_spent':
      return { ...state, status: 'paused_budget', pause: outcome.reason }
    default:
      return outcome satisfies never
  }
}

function prepared(state: RunState, outcome: Of<'prepared'>): RunState {
  const flow = outcome.flow.map(parseStep)
  const skipped = gatesToSkip(flow, outcome.limits, outcome.target, outcome.mainBranch)
  return advance({ ...state, flow, skipped, limits: outcome.limits, target: outcome.target, index: 0 })
}

function planned(state: RunState, outcome: Of<'planned'>): RunState {
  const ordered = orderTasks(outcome.tasks)
  if (!ordered.ok) return end(state, 'failed', ordered.problem)
  const counts = { ...state.counts, rework: 0 }
  // What people said of an earlier plan is answered by this one; what the coder lacked is said to it once more.
  const feedback = state.counts.replans > 0 ? state.feedback : []
  const withPlan: RunState = { ...state, tasks: ordered.tasks, taskIndex: 0, counts, feedback }
  const next = advance(withPlan)
  if (outcome.blockers.length > 0)
    return ask(withPlan, `The plan names blockers: ${outcome.blockers.join('; ')}`, next)
  const { confidenceThreshold } = state.limits
  if (outcome.confidence >= confidenceThreshold) return next
  return ask(
    withPlan,
    `The planner is ${outcome.confidence} sure, under the ${confidenceThreshold} asked for.`,
    next,
  )
}

/** After a finished task: to its reviewer, or where the flow has none, to the next task or the next step. */
function afterCoder(state: RunState): RunState {
  const changed: RunState = { ...state, feedback: [], untested: true }
  const here = at(changed, 'coder')
  return state.flow.includes('reviewer') && isClear(here, 'reviewer')
    ? enter(onTo(here, 'reviewer'), 'reviewer')
    : nextTask(here)
}

function nextTask(state: RunState): RunState {
  if (state.taskIndex + 1 >= state.tasks.length) return afterLastTask(state)
  const counts = { ...state.counts, rework: 0 }
  return moveTo({ ...state, counts, taskIndex: state.taskIndex + 1, feedback: [] }, 'coder')
}

/** A change made after the flow's tester passed is tested again before the run goes on from where it is. */
function afterLastTask(state: RunState): RunState {
  const tester = state.flow.indexOf('tester')
  if (state.untested && tester !== -1 && tester <= state.index) return enter(state, 'tester')
  return advance(state)
}

/** Past the tester: on from there, or from a later place that only had the change tested once more. */
function tested(state: RunState): RunState {
  return advance({ ...onTo(state, 'tester'), untested: false })
}

function reviewed(state: RunState, { review }: Of<'reviewed'>): RunState {
  const here = onTo(state, 'reviewer')
  const { limits } = state
  if (review.decision === 'request_changes') {
    const feedback = review.comments.filter((comment) => comment.severity !== 'note')
    if (state.counts.rework + 1 < limits.maxIterations) return rework({ ...here, feedback })
    return ask(
      here,
      `The reviewer still asks for changes after ${limits.maxIterations} tries.`,
      nextTask(here),
    )
  }
  const next = nextTask(here)
  const blocking = blockedBy(review.comments, limits.blockOn)
  if (blocking.length > 0)
    return ask(here, `The review found ${blocking.map((c) => c.category).join(', ')}.`, next)
  if (review.decision === 'escalate_to_human')
    return ask(here, `The reviewer asks a person: ${review.summary}`, next)
  if (review.confidence >= limits.autoApproveThreshold) return next
  return ask(
    here,
    `The reviewer is ${review.confidence} sure, under the ${limits.autoApproveThreshold} asked for.`,
    next,
  )
}

function rework(state: RunState): RunState {
  const counts = { ...state.counts, rework: state.counts.rework + 1 }
  return moveTo({ ...state, counts }, 'coder')
}

function replan(state: RunState, outcome: Of<'needs_scope'>): RunState {
  const { replans } = state.counts
  const counts = { ...state.counts, replans: replans + 1 }
  const why = `${outcome.reason} (${outcome.files.join(', ')})`
  if (replans < state.limits.maxReplans) {
    const feedback = outcome.files.map((file) => ({
      file,
      line: null,
      severity: 'blocking' as const,
      category: 'correctness' as const,
      body: outcome.reason,
    }))
    const planner = state.flow.includes('planner') && isClear(state, 'planner')
    return moveTo({ ...state, counts, feedback }, planner ? 'planner' : 'coder')
  }
  if (replans > state.limits.maxReplans)
    return end(state, 'failed', `The coder still needs files outside its task: ${why}`)
  const retry = moveTo({ ...state, counts }, 'coder')
  return ask({ ...state, counts }, `The coder needs files outside its task: ${why}`, retry, outcome.files)
}

function failing(state: RunState, outcome: Of<'tests_failed'>): RunState {
  // The place stays at the tester, so that the fix goes back to it wherever the flow has its own debugger.
  if (state.counts.fixes < state.limits.maxFixAttempts) return enter(onTo(state, 'tester'), 'debugger')
  return ask(state, `Tests still fail after ${state.counts.fixes} fixes: ${outcome.reason}`, tested(state))
}

function coverageLow(state: RunState, outcome: Of<'coverage_low'>): RunState {
  const here = onTo(state, 'tester')
  const why = `Coverage is ${outcome.percent}%, under the ${outcome.threshold}% asked for.`
  if (state.counts.rework + 1 >= state.limits.maxIterations) {
    return ask(here, why, tested(here))
  }
  const feedback = [
    { file: '.', line: null, severity: 'blocking' as const, category: 'tests' as const, body: why },
  ]
  return rework({ ...here, feedback })
}

/** A fix goes back to the tester, or where the flow began with the debugger, on to its next step. */
function fixed(state: RunState): RunState {
  const counts = { ...state.counts, fixes: state.counts.fixes + 1 }
  const changed: RunState = { ...state, counts, untested: true }
  if (state.flow[state.index] === 'debugger') return advance(changed)
  return state.flow.includes('tester') ? enter(onTo(changed, 'tester'), 'tester') : advance(changed)
}

function stuck(state: RunState, outcome: Of<'stuck'>): RunState {
  const counts = { ...state.counts, stuck: state.counts.stuck + 1 }
  if (counts.stuck > 2) return end(state, 'failed', `No progress: ${outcome.reason}`)
  return ask({ ...state, counts }, `The ${state.step} made no progress: ${outcome.reason}`, {
    ...state,
    counts,
  })
}

/** Times that people may push to the branch of a run at its gates before it gives up. */
const maxAdoptions = 5

/** Commits of people are tested before anyone is asked about them; without a tester, the gate shows them. */
function adopted(state: RunState): RunState {
  const adoptions = (state.counts.adoptions ?? 0) + 1
  const changed: RunState = { ...state, untested: true, counts: { ...state.counts, adoptions } }
  if (adoptions > maxAdoptions)
    return end(changed, 'failed', `People pushed to the branch ${adoptions} times while it was at its gates.`)
  const { flow, gate, index } = state
  const tester = flow.indexOf('tester')
  // The confidence gate is in no flow, and what it asks would be lost.
  if (!gate || !flow.includes(gate.step) || tester === -1 || tester >= index) return changed
  // One before its place: from the tester the flow leads to it once more, whatever happens in between.
  return enter({ ...changed, gate: null, index: index - 1 }, 'tester')
}

/** Approval leads back to the same step, which looks again: what it finds anew is bounded as no progress is. */
function secretsFound(state: RunState, outcome: Of<'secrets_found'>): RunState {
  const counted: RunState = { ...state, counts: { ...state.counts, stuck: state.counts.stuck + 1 } }
  if (counted.counts.stuck > 2) return end(counted, 'failed', outcome.reason)
  return ask(counted, outcome.reason, counted)
}

function gateTimeout(state: RunState): RunState {
  const { gate } = state
  if (!gate) return end(state, 'failed', 'A gate ended that was never opened.')
  const policy = policyOf(state, gate.step)
  const timeouts = gate.timeouts + 1
  switch (policy.onTimeout) {
    case 'auto_approve':
      return resume(state)
    case 'block':
      return { ...state, gate: { ...gate, timeouts, overdue: true } }
    case 'escalate':
      if (timeouts >= 2) return end(state, 'aborted', `Nobody decided ${gate.step} in time, twice.`)
      return { ...state, gate: { ...gate, timeouts } }
    default:
      return policy.onTimeout satisfies never
  }
}

/** The policy of a gate step; the confidence gate has one even where the configuration names none. */
export function policyOf(state: Pick<RunState, 'limits'>, step: FlowStep): GatePolicy {
  const found = state.limits.gates.find((gate) => `gate:${gate.id}` === step)
  if (found) return found
  return state.limits.gates.find((gate) => gate.trigger === 'on_low_confidence') ?? defaultConfidenceGate
}

/** Back to the gate whose approval is void. One change may void every gate of the flow, each asked in its turn. */
function reapprove(state: RunState, outcome: Of<'evidence_changed'>): RunState {
  const counts = { ...state.counts, reapprovals: state.counts.reapprovals + 1 }
  const why = `The approval is void: ${outcome.reason}`
  const gates = state.flow
    .slice(0, state.index)
    .filter((step) => isGate(step) && !state.skipped.includes(step))
  const allowed = state.limits.maxReapprovals * Math.max(1, gates.length)
  if (counts.reapprovals > allowed) return end({ ...state, counts }, 'failed', why)
  const again = { step: state.step, index: state.index, taskIndex: state.taskIndex, grants: [] }
  const asked = gates.find((step) => step === outcome.gate) ?? gates.at(-1) ?? CONFIDENCE_GATE
  return enterGate({ ...state, counts }, asked, why, again)
}

function failed(state: RunState, outcome: Of<'error'>): RunState {
  const attempts = state.counts.attempts + 1
  const again = outcome.transient && attempts < state.limits.maxAttempts
  if (again) return { ...state, counts: { ...state.counts, attempts } }
  const mend = outcome.mend === undefined ? {} : { mend: outcome.mend }
  const gaveUp = outcome.transient || outcome.gaveUp ? { gaveUp: true, tries: outcome.tries ?? attempts } : {}
  const error = { code: outcome.code, message: outcome.message, step: state.step, ...mend, ...gaveUp }
  // The gate stays known: a retry that opens it again leads where it would have led.
  return { ...end(state, 'failed', outcome.message), step: state.step, gate: state.gate, error }
}

/** Sends the run to people at the confidence gate; their approval leads to `next`. */
function ask(state: RunState, reason: string, next: RunState, grants: readonly string[] = []): RunState {
  const resumePoint: ResumePoint = {
    step: next.step,
    index: next.index,
    taskIndex: next.taskIndex,
    grants: [...grants],
  }
  return enterGate({ ...state, untested: next.untested }, CONFIDENCE_GATE, reason, resumePoint)
}

function enterGate(state: RunState, step: FlowStep, reason: string, resumePoint: ResumePoint): RunState {
  const gate = { step, reason, resume: resumePoint, timeouts: 0, overdue: false }
  return { ...state, status: 'running', step, gate, counts: { ...state.counts, attempts: 0 } }
}

function resume(state: RunState): RunState {
  const { gate } = state
  if (!gate) return end(state, 'failed', 'A gate was decided that was never opened.')
  const { step, index, taskIndex, grants } = gate.resume
  const tasks = state.tasks.map((task, i) =>
    i === taskIndex ? { ...task, files_likely_affected: [...task.files_likely_affected, ...grants] } : task,
  )
  const counts = {
    ...state.counts,
    attempts: 0,
    rework: taskIndex === state.taskIndex ? state.counts.rework : 0,
  }
  const cleared: RunState = { ...state, status: 'running', gate: null, tasks, counts, taskIndex, index }
  return step === 'end' ? end(cleared, 'succeeded', 'Done.') : enter(cleared, step)
}

/** The next step of the flow that holds for this run, or the end. */
function advance(state: RunState): RunState {
  let index = state.index + 1
  while (index < state.flow.length && state.skipped.includes(state.flow[index] as FlowStep)) index += 1
  const step = state.flow[index]
  if (step === undefined) return end({ ...state, index }, 'succeeded', 'Done.')
  return enter({ ...state, index }, step)
}

function enter(state: RunState, step: FlowStep): RunState {
  if (!isGate(step)) return { ...state, status: 'running', step, counts: { ...state.counts, attempts: 0 } }
  const after = advance({ ...state, gate: null })
  const resumePoint = { step: after.step, index: after.index, taskIndex: state.taskIndex, grants: [] }
  return enterGate(state, step, `Approval is asked for here: ${step.slice('gate:'.length)}.`, resumePoint)
}

/** To a step that may stand elsewhere in the flow, or be inserted where the flow has none. */
function moveTo(state: RunState, step: FlowStep | 'end'): RunState {
  if (step === 'end') return end(state, 'succeeded', 'Done.')
  return enter(at(state, step), step)
}

/** The same state with its place at `step`, where the flow has it and nothing is left out on the way there. */
function at(state: RunState, step: FlowStep): RunState {
  const index = state.flow.indexOf(step)
  return index === -1 || !isClear(state, step) ? state : { ...state, index }
}

/** As `at`, but never back: a check that is done once more does not lead through what follows it once more. */
function onTo(state: RunState, step: FlowStep): RunState {
  return { ...state, index: Math.max(state.index, at(state, step).index) }
}

/** Whether no gate that holds and no effect (`pr`, `merge`) stands between here and a later step. */
function isClear(state: RunState, step: FlowStep): boolean {
  const between = state.flow.slice(state.index + 1, state.flow.indexOf(step))
  return between.every((one) => {
    const category = categoryOf(one)
    return state.skipped.includes(one) || category === 'agent' || category === 'check'
  })
}

function end(state: RunState, status: RunStatus, ending: string): RunState {
  return { ...state, status, step: 'end', ending, gate: null }
}
