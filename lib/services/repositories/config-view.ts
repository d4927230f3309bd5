import { z } from 'zod'
import { configProblemSchema } from '@/lib/core/config-problem'
import type { BaseFiles } from './base'

const meaningSchema = z.object({
  group: z.enum(['Flows', 'Gates', 'Limits', 'Money', 'Models', 'Commands', 'Protection']),
  label: z.string(),
})

/** What a text is worth as devpilot.yaml. */
export const configCheckSchema = z.object({
  valid: z.boolean(),
  problems: z.array(configProblemSchema),
  /** It is valid, and something in it does not do what it seems to. */
  warnings: z.array(z.string()),
  /** What it comes to; empty while it is not valid. */
  meaning: z.array(meaningSchema.extend({ value: z.string() })),
  /** What it changes in effect, against the base that was named; null without one. */
  changes: z
    .array(meaningSchema.extend({ before: z.string().nullable(), after: z.string().nullable() }))
    .nullable(),
})
export type ConfigCheck = z.infer<typeof configCheckSchema>

/** The configuration of a repository as its base branch has it. */
export const baseConfigSchema = z.object({
  branch: z.string(),
  sha: z.string(),
  /** null: there is no devpilot.yaml. */
  text: z.string().nullable(),
  /** SHA-256 of the text in hex: what an edit says that it replaces. */
  hash: z.string().nullable(),
  /** What a new file could begin with; null where there is one. */
  template: z.string().nullable(),
})
export type BaseConfig = z.infer<typeof baseConfigSchema>

/** Reads configuration texts; see lib/runtime/config-reader.ts. */
export interface ConfigReader {
  check(text: string, base: string | null | undefined): ConfigCheck
  /** A file to begin with, from what the repository is. */
  template(base: BaseFiles & { readonly name: string; readonly forge: string }): Promise<string>
}
