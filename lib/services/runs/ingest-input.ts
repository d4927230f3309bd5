import { v5 } from 'uuid'
import { z } from 'zod'
import type { RunStatus } from '@/lib/core/status'
import { newId } from '@/lib/db/ids'

/** The words that callers use, and the status that each means here. */
const words = {
  success: 'succeeded',
  succeeded: 'succeeded',
  completed: 'succeeded',
  complete: 'succeeded',
  passed: 'succeeded',
  done: 'succeeded',
  ok: 'succeeded',
  failed: 'failed',
  failure: 'failed',
  error: 'failed',
  running: 'running',
  started: 'running',
  in_progress: 'running',
  queued: 'queued',
  pending: 'queued',
  aborted: 'aborted',
  cancelled: 'cancelled',
  canceled: 'cancelled',
} as const satisfies Record<string, RunStatus>
type Word = keyof typeof words
const wordNames = Object.keys(words) as [Word, ...Word[]]

const status = z.string().max(50).trim().toLowerCase().pipe(z.enum(wordNames))
const count = z.int().min(0).max(1_000_000_000_000)
const time = z.iso
  .datetime({ offset: true })
  .refine((text) => new Date(text).getUTCFullYear() >= 1970, 'is before 1970')

/** The body of POST /api/cline (spec.md section 11). */
export const ingestRunInput = z
  .strictObject({
    /** The caller's own id, of any form; the same id again updates the log. */
    id: z.string().trim().min(1).max(200).optional(),
    repository: z.string().trim().min(1).max(500),
    task: z.string().trim().min(1).max(200_000),
    status,
    summary: z.string().max(20_000).optional(),
    files: z.array(z.string().min(1).max(1_000)).max(1_000).optional(),
    output: z.string().max(1_000_000).optional(),
    /** A sum, or input and output apart. */
    tokens: z.union([count, z.strictObject({ input: count, output: count })]).optional(),
    costUsd: z.number().min(0).max(1_000_000).optional(),
    startedAt: time,
    endedAt: time.nullish(),
  })
  .refine(({ startedAt, endedAt }) => !endedAt || new Date(endedAt) >= new Date(startedAt), {
    path: ['endedAt'],
    message: 'is before startedAt',
  })
export type IngestRun = z.output<typeof ingestRunInput>

/** The status that a caller's word stands for. */
export function statusOf(log: IngestRun): RunStatus {
  return words[log.status]
}

const NAMESPACE = '6f0c1f0e-3a53-5c8e-9a07-6f3d1a0f5b11'

/** The run's id for a caller's id: itself where it is a UUID, else the UUIDv5 that it always gives. */
export function ingestId(id: string | undefined): string {
  if (id === undefined) return newId()
  return z.uuid().safeParse(id).success ? id.toLowerCase() : v5(id, NAMESPACE)
}
