import type { AgentRecord, Turn } from '@/lib/agents/record'

export interface MemoryRecord extends AgentRecord {
  readonly kept: Turn[]
  /** What was done, in order: `reserve 5`, `answered 1`, `completed 1`, `release`, `charged`. */
  readonly log: string[]
  /** What may still be reserved. */
  room: number
}

/** Turns and money of an agent in this process's memory. */
export function memoryRecord(room = Number.POSITIVE_INFINITY): MemoryRecord {
  const kept: Turn[] = []
  const log: string[] = []
  const record: MemoryRecord = {
    kept,
    log,
    room,
    turns: async () => structuredClone(kept),
    async reserve(micros) {
      if (micros > record.room) return { ok: false, reason: `only ${record.room} left` }
      log.push('reserve')
      record.room -= micros
      return { ok: true, reservation: { id: `r${log.length}`, micros } }
    },
    async answered({ prompt: _prompt, model: _model, asked: _asked, ...turn }, { micros }) {
      log.push(`answered ${turn.seq}`)
      record.room += micros - turn.costMicros
      const row: Turn = { ...structuredClone(turn), id: `t${turn.seq}`, toolResults: null, headSha: null }
      kept.push(row)
      return structuredClone(row)
    },
    async completed(turn, results, headSha) {
      log.push(`completed ${turn.seq}`)
      const at = kept.findIndex(({ id }) => id === turn.id)
      const row = kept[at]
      if (row) kept[at] = { ...row, toolResults: [...results], headSha }
    },
    async release({ micros }) {
      log.push('release')
      record.room += micros
    },
    async charged() {
      log.push('charged')
    },
    event: async () => {},
  }
  return record
}
