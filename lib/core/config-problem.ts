import { z } from 'zod'

/** Something wrong in the text of a devpilot.yaml, with its place. */
export const configProblemSchema = z.object({
  line: z.int().min(1),
  column: z.int().min(1),
  /** The key that it is about: `supervision.gates[0].type`; empty where the text is no YAML. */
  key: z.string(),
  message: z.string(),
})
export type ConfigProblem = z.infer<typeof configProblemSchema>
