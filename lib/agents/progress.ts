import { createHash } from 'node:crypto'
import type { Turn } from './record'

export interface ProgressLimits {
  /** Turns in a row that may bring nothing new. */
  readonly idleTurns: number
  /** The same call with the same result so many times is a circle. */
  readonly sameCalls: number
}

export const defaultProgress: ProgressLimits = { idleTurns: 6, sameCalls: 4 }

/**
 * Whether the turns since the conversation last began anew still get anywhere (spec.md section 5). Something new is
 * another commit, or a tool result that was not seen before. Pure, so that a resumed run judges as the first did.
 * @returns the reason when they do not, else null
 */
export function stuckReason(turns: readonly Turn[], limits: ProgressLimits): string | null {
  const seen = new Map<string, number>()
  let idle = 0
  let head: string | null = null
  for (const turn of turns) {
    let isNew = turn.headSha !== null && turn.headSha !== head
    head = turn.headSha ?? head
    for (const [index, call] of turn.toolCalls.entries()) {
      const result = turn.toolResults?.[index]
      const key = digest(`${call.name}\0${call.arguments}\0${result?.content ?? ''}`)
      const times = (seen.get(key) ?? 0) + 1
      seen.set(key, times)
      if (times >= limits.sameCalls) return `${call.name} was called ${times} times with the same result`
      if (times === 1 && result?.isError === false) isNew = true
    }
    idle = isNew ? 0 : idle + 1
    if (idle >= limits.idleTurns) return `${idle} turns in a row brought nothing new`
  }
  return null
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('base64')
}
