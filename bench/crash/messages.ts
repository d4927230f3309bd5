import { z } from 'zod'

/** Before a call was carried out, after it and before its answer, and right after the answer was sent. */
export type Moment = 'before' | 'after' | 'answered'

export const worldGivenSchema = z.object({
  /** Times that a worker dies at each moment of each kind of call. */
  killsEach: z.number(),
  /** Each kind of call kills at one moment only. */
  oneMoment: z.boolean(),
  /** Milliseconds between two such deaths. */
  pauseMs: z.number(),
})

export type WorldGiven = z.infer<typeof worldGivenSchema>

export interface WorldReady {
  readonly url: string
  /** GitHub for the bench itself, which arranges and counts. */
  readonly github: string
  readonly token: string
}

/** A model call as the model sees it: which turn of which step of which run, and under which hold on the run. */
export const askedSchema = z.object({
  run: z.string(),
  step: z.string(),
  bead: z.string(),
  turn: z.number(),
  token: z.number(),
})
export type Asked = z.infer<typeof askedSchema>

/** An answer that was given and is paid. */
export interface Answer extends Asked {
  readonly id: number
  readonly at: number
}

export const workerGivenSchema = z.object({
  /** null: the embedded database of `home`. */
  url: z.string().nullable(),
  home: z.string(),
  world: z.string(),
  token: z.string(),
  concurrency: z.number(),
  /** How long a silent worker is waited for, in milliseconds; null: as shipped. */
  leaseMs: z.number().nullable(),
  /** Every worker on a machine of its own, as far as leases tell. */
  apart: z.boolean(),
  /** The address of Temporal, where that drives the runs. */
  temporal: z.string().nullable(),
  /** Of the process that is alone with its database: it asks for the runs and decides gates itself. */
  alone: z.object({ runs: z.number() }).nullable(),
})
export type WorkerGiven = z.infer<typeof workerGivenSchema>

/** What a worker says to the bench. */
export type WorkerSaid =
  | { readonly kind: 'up' }
  /** A step of this run is begun, or over. */
  | { readonly kind: 'step'; readonly run: string; readonly on: boolean }
  /** A write that was refused because the run had gone to another worker. */
  | { readonly kind: 'stale'; readonly call: string }
  | { readonly kind: 'error'; readonly message: string }
  | { readonly kind: 'started'; readonly run: string }
  | { readonly kind: 'left'; readonly runs: number }
