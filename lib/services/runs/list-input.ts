import { z } from 'zod'
import { runFilterFields } from '@/lib/core/run-filters'
import { pageInput } from '../cursor'

/** Filters and place of a list of runs: of GET /api/runs, of the timeline and of the CLI. */
export const listRunsInput = z.strictObject({
  ...pageInput,
  /** Where the page before begins: the rows right after it in time, still the newest first. */
  newer: z.string().max(500).optional(),
  ...runFilterFields,
})
export type ListRuns = z.input<typeof listRunsInput>
