import { z } from 'zod'

/** One thing that was looked at, on this machine or in a repository. */
export const checkedSchema = z.object({
  name: z.string(),
  /** `fail`: the main job does not work; `warn`: a part of it does not. */
  status: z.enum(['ok', 'warn', 'fail']),
  detail: z.string(),
  /** What to do about it; null when it is well. */
  mend: z.string().nullable(),
  /** It was only read: nothing was run to see whether it works. */
  untried: z.literal(true).optional(),
  /** Sandboxes: what each keeps apart. */
  isolates: z.record(z.string(), z.boolean()).readonly().optional(),
})
export type Checked = Readonly<z.infer<typeof checkedSchema>>

export const ok = (name: string, detail: string): Checked => ({ name, status: 'ok', detail, mend: null })
export const found = (name: string, detail: string): Checked => ({
  ...ok(name, `found, not tried: ${detail}`),
  untried: true,
})
export const warn = (name: string, detail: string, mend: string): Checked => ({
  name,
  status: 'warn',
  detail,
  mend,
})
export const fail = (name: string, detail: string, mend: string): Checked => ({
  name,
  status: 'fail',
  detail,
  mend,
})
