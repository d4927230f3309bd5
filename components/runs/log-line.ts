import type { RunEvent } from '@/lib/services/views'

const first = ['detail', 'text', 'message', 'summary', 'reason', 'title'] as const
const subjects = ['step', 'name', 'tool', 'agent', 'kind', 'status', 'decision', 'phase'] as const

/** What an event says, in a line: its subject and its words, else its facts. */
export function logText(event: RunEvent): string {
  const { data } = event
  const text = first.map((name) => data[name]).find((value) => typeof value === 'string' && value !== '')
  const subject = subjects
    .map((name) => data[name])
    .filter((value): value is string => typeof value === 'string' && value !== '' && value !== text)
  const words = [subject.join(' '), typeof text === 'string' ? text : ''].filter(Boolean).join(': ')
  return words || JSON.stringify(data)
}
