/** One thing that doctor looked at. */
export interface Checked {
  readonly name: string
  /** `fail`: the main job does not work; `warn`: a part of it does not. */
  readonly status: 'ok' | 'warn' | 'fail'
  readonly detail: string
  /** What to do about it; null when it is well. */
  readonly mend: string | null
  /** Sandboxes: what each keeps apart. */
  readonly isolates?: Readonly<Record<string, boolean>>
}

export const ok = (name: string, detail: string): Checked => ({ name, status: 'ok', detail, mend: null })
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
