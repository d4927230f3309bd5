import type { Usage } from '@/lib/core/turn'

/** A turn as a list shows it. */
export interface TurnHead {
  readonly id: string
  readonly beadId: string
  readonly seq: number
  readonly prompt: string
  readonly promptVersion: string
  readonly promptHash: string
  readonly model: string
  /** The beginning of what the model said; null where it only called tools. */
  readonly said: string | null
  /** Names of the tools it called, the first ones. */
  readonly tools: readonly string[]
  /** A tool refused, or failed. */
  readonly refused: boolean
  /** Its tools have not all run. */
  readonly waits: boolean
  readonly usage: Usage
  readonly costMicros: number
  readonly inheritedMicros: number | null
  readonly startedAt: string
  readonly endedAt: string
}

/** A text, or the beginning of one that is `length` characters long. */
export interface CutText {
  readonly text: string
  readonly length: number
}

/** One model call whole, as far as a page can hold it. */
export interface TurnDetail extends Omit<TurnHead, 'beadId' | 'said' | 'tools' | 'refused' | 'waits'> {
  readonly finish: string
  readonly headSha: string | null
  /** What the request began with; null where nothing was kept of it. */
  readonly opening: {
    readonly system: CutText
    readonly task: CutText
    readonly tools: readonly { readonly name: string; readonly description: string }[]
    readonly maxTokens: number
    readonly temperature: number
  } | null
  /** Turns whose words and results stood between the opening and this request. */
  readonly shownBefore: number
  readonly request: CutText
  readonly content: CutText | null
  readonly calls: readonly {
    readonly id: string
    readonly name: string
    readonly arguments: CutText
    readonly result: {
      readonly content: CutText
      readonly isError: boolean
      readonly durationMs: number
    } | null
  }[]
}

/** A turn among all of its run. */
export interface ModelCall extends TurnHead {
  readonly beadSeq: number
  readonly step: string
}

/** What the calls of an agent by one model and one version of its prompt came to. */
export interface CallSums {
  readonly step: string
  readonly model: string
  /** Its answers were read from a recording: no model was asked. */
  readonly recorded: boolean
  readonly prompt: string
  readonly promptVersion: string
  readonly calls: number
  readonly costMicros: number
  readonly inputTokens: number
  readonly cachedTokens: number
  readonly outputTokens: number
  /** Time that the models took. */
  readonly ms: number
}
