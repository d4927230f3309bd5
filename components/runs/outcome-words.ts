import { plural } from '@/components/format'
import type { Outcome } from '@/lib/core/outcome'

/** What a bead ended with, in a sentence. */
export function outcomeSentence(outcome: Outcome): string {
  switch (outcome.kind) {
    case 'prepared':
      return `Prepared for ${outcome.target}: ${outcome.flow.length} steps.`
    case 'done':
      return 'Done.'
    case 'planned':
      return `${plural(outcome.tasks.length, 'task')}, confidence ${percent(outcome.confidence)}${
        outcome.blockers.length > 0 ? `, ${plural(outcome.blockers.length, 'blocker')}` : ''
      }.`
    case 'abort':
      return `Stopped: ${outcome.reason}`
    case 'needs_scope':
      return `Needs ${outcome.files.join(', ')}, outside its scope: ${outcome.reason}`
    case 'reviewed':
      return `${reviewWords[outcome.review.decision]} at ${percent(outcome.review.confidence)}, ${plural(outcome.review.comments.length, 'comment')}.`
    case 'tests_passed':
      return 'The tests pass.'
    case 'tests_failed':
      return `${plural(outcome.failing.length, 'test')} failing: ${outcome.reason}`
    case 'coverage_low':
      return `Coverage ${outcome.percent.toFixed(1)}% is under ${outcome.threshold}%.`
    case 'fixed':
      return 'Fixed; the tests run again.'
    case 'adopted':
      return `Took over commits of people: ${outcome.headSha.slice(0, 7)}.`
    case 'waiting':
      return 'People are asked.'
    case 'approved':
      return 'Approved.'
    case 'rejected':
      return `Rejected: ${outcome.reason}`
    case 'timeout':
      return 'Nobody decided in time.'
    case 'error':
      return outcome.mend ? `${outcome.message} ${outcome.mend}` : outcome.message
    case 'out_of_iterations':
    case 'exhausted':
    case 'stuck':
    case 'secrets_found':
    case 'evidence_changed':
    case 'budget_spent':
      return outcome.reason
    default:
      return outcome satisfies never
  }
}

/** Who wrote a review: the agent of that name, or the other program. */
export function reviewerName(source: string): string {
  return source === 'devpilot' ? 'reviewer' : source
}

export const reviewWords = {
  approve: 'Approves',
  request_changes: 'Asks for changes',
  escalate_to_human: 'Asks for a person',
} as const

/** The line between two beads where the run went back, or null where it went on. */
export function loopSentence(outcome: Outcome | null): string | null {
  if (!outcome) return null
  switch (outcome.kind) {
    case 'reviewed':
      if (outcome.review.decision !== 'request_changes') return null
      return `sent back with ${plural(outcome.review.comments.length, 'comment')}`
    case 'tests_failed':
      return `${plural(outcome.failing.length, 'test')} failing, to the debugger`
    case 'fixed':
      return 'fixed, tested again'
    case 'needs_scope':
      return 'needs more files, planned again'
    case 'coverage_low':
      return `coverage ${outcome.percent.toFixed(0)}%, sent back`
    case 'evidence_changed':
      return 'the change moved on, asked again'
    case 'error':
      return outcome.transient ? 'tried again' : null
    default:
      return null
  }
}

export function percent(share: number): string {
  return `${Math.round(share * 100)}%`
}
