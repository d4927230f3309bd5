import type { BeadStatus, RunStatus } from '@/lib/core/status'
import { runStatuses } from '@/lib/core/status'
import type { Tone } from './io'

/** Icon, word and colour of a status: the icon and the word carry it where there are no colours. */
export function runMark(status: RunStatus): { icon: string; word: string; tone: Tone } {
  const word = runStatuses[status].label
  switch (status) {
    case 'queued':
      return { icon: '○', word, tone: 'gray' }
    case 'running':
      return { icon: '●', word, tone: 'blue' }
    case 'waiting_gate':
      return { icon: '◆', word, tone: 'yellow' }
    case 'waiting_external':
      return { icon: '◇', word, tone: 'magenta' }
    case 'paused_budget':
      return { icon: '‖', word, tone: 'yellow' }
    case 'succeeded':
      return { icon: '✓', word, tone: 'green' }
    case 'failed':
      return { icon: '✗', word, tone: 'red' }
    case 'rejected':
      return { icon: '⊘', word, tone: 'red' }
    case 'aborted':
    case 'cancelled':
      return { icon: '■', word, tone: 'gray' }
    default:
      return status satisfies never
  }
}

export function beadMark(status: BeadStatus): { icon: string; tone: Tone } {
  switch (status) {
    case 'pending':
      return { icon: '○', tone: 'gray' }
    case 'running':
      return { icon: '●', tone: 'blue' }
    case 'completed':
      return { icon: '✓', tone: 'green' }
    case 'failed':
      return { icon: '✗', tone: 'red' }
    case 'skipped':
      return { icon: '–', tone: 'gray' }
    default:
      return status satisfies never
  }
}

const agents: Readonly<Record<string, string>> = {
  prepare: '⌂',
  planner: '◷',
  coder: '✎',
  reviewer: '◉',
  tester: '⚗',
  debugger: '⚒',
  scaffold: '▤',
  pr: '⇡',
  evaluate: '∑',
  merge: '⇢',
  reflect: '✦',
  cleanup: '∅',
}

/** The mark of a step; gates have their own. */
export function stepMark(step: string): string {
  return step.startsWith('gate:') ? '◆' : (agents[step] ?? '·')
}
