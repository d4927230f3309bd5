import { type RunStatus, runStatusNames } from '@/lib/core/status'
import type { RunEvent } from '@/lib/services/views'
import type { Tone } from './io'
import { beadMark, runMark, stepMark } from './marks'
import { short } from './text'

type Paint = (tone: Tone, text: string) => string

/** One event as a line for people; null for those that say nothing new to them. */
export function eventLine(event: RunEvent, paint: Paint, columns: number): string | null {
  const clock = paint('dim', event.at.slice(11, 19))
  const body = bodyOf(event, paint, Math.max(40, columns - 12))
  return body === null ? null : `${clock}  ${body}`
}

function bodyOf({ kind, data }: RunEvent, paint: Paint, room: number): string | null {
  const text = (key: string) => (typeof data[key] === 'string' ? data[key] : '')
  switch (kind) {
    case 'run': {
      const status = runStatusNames.find((name) => name === text('status'))
      return status ? runLine(status, text('detail'), paint, room) : null
    }
    case 'bead':
      return beadLine(data, paint, room)
    case 'tool': {
      const call = short(`${text('tool')} ${text('call')}`, room - 6)
      return data.isError === true ? paint('red', `    ✗ ${call}`) : paint('dim', `    ${call}`)
    }
    case 'log':
      return paint('dim', `    ${short(text('text') || text('output') || text('message'), room - 4)}`)
    case 'gate': {
      const result = text('result')
      return result ? `◆ gate ${short(text('gate'), 60)} ${result}` : null
    }
    case 'evidence':
      return paint('cyan', `    ∎ ${short(`${text('kind')} ${text('phase')} ${text('summary')}`, room - 6)}`)
    case 'effect':
      // An address that is cut leads nowhere.
      return `    ⇡ ${short(`${text('kind')} ${text('url')}`, 2_000)}`
    case 'turn':
      return null
    default:
      return kind satisfies never
  }
}

function runLine(status: RunStatus, detail: string, paint: Paint, room: number): string | null {
  // While it runs, its beads tell the same and more.
  if (status === 'running') return null
  const { icon, word, tone } = runMark(status)
  return paint(
    tone,
    `${icon} ${word}${detail && detail !== word ? `: ${short(detail, room - word.length - 4)}` : ''}`,
  )
}

const beadStatuses = ['pending', 'running', 'completed', 'failed', 'skipped'] as const

function beadLine(data: Readonly<Record<string, unknown>>, paint: Paint, room: number): string | null {
  const step = typeof data.step === 'string' ? data.step : '?'
  const status = beadStatuses.find((name) => name === data.status)
  if (!status) return null
  const task = typeof data.task === 'string' ? ` ${data.task}` : ''
  const again = typeof data.attempt === 'number' && data.attempt > 1 ? ` (attempt ${data.attempt})` : ''
  const outcome = typeof data.outcome === 'string' ? ` → ${data.outcome.replaceAll('_', ' ')}` : ''
  const name = short(`${step}${task}${again}`, room - 24)
  const { icon, tone } = beadMark(status)
  if (status === 'running' && outcome === '') return `${paint('bold', `${stepMark(step)} ${name}`)}`
  return paint(tone, `${icon} ${name} ${status}${outcome}`)
}
