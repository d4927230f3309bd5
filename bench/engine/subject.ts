/** The flow that every engine runs: ten steps that do nothing, and a gate that is opened and decided at once. */
export const STEPS = [
  'prepare',
  'planner',
  'coder',
  'reviewer',
  'tester',
  'evaluate',
  'pr',
  'gate:pre-merge-main',
  'merge',
  'reflect',
  'cleanup',
] as const

/** An engine under measurement. */
export interface Subject {
  /** One run: from being asked for, through its gate, to its end. */
  run(id: string): Promise<void>
  close(): Promise<void>
}

export interface Given {
  /** A new database on the server that all engines share; `home` is a folder for those that have none. */
  readonly url: string
  readonly home: string
  readonly temporal: string | null
  readonly atOnce: number
  /** The engine's name and, after a blank, its variant. */
  readonly subject: string
  readonly steps: readonly string[]
  /** Called by a step's own code: the time between two of them is what the engine needed. */
  readonly stamp: (run: string) => void
}

export type Open = (given: Given) => Promise<Subject>

/** What one process is told to measure. */
export interface Job extends Omit<Given, 'stamp' | 'steps'> {
  readonly runs: number
  readonly profile: boolean
  /** The server that keeps the state: its processor time is part of the price. */
  readonly serverPid: number
}

export interface Measured {
  readonly runs: number
  readonly ms: number
  /** Between two steps of a run, in milliseconds. */
  readonly p50: number
  readonly p95: number
  /** Processor time of the process that does the steps, in milliseconds. */
  readonly cpuMs: number
  /** Of the server and its children, meanwhile. */
  readonly serverMs: number | null
  /** Lines of `--profile`. */
  readonly profile: readonly string[]
}
