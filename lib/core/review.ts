import { z } from 'zod'

export const findingCategories = [
  'correctness',
  'security',
  'data_loss',
  'style',
  'tests',
  'side_effects',
  'performance',
] as const

/** One comment of a review, after seed 004 section 5.4. `line` is in the file as changed, null for the whole file. */
export const reviewCommentSchema = z.object({
  file: z.string().min(1),
  line: z.int().min(1).nullable().default(null),
  severity: z.enum(['blocking', 'warning', 'note']),
  category: z.enum(findingCategories),
  body: z.string().min(1).max(4000),
})
export type ReviewComment = z.infer<typeof reviewCommentSchema>

export const reviewSchema = z.object({
  decision: z.enum(['approve', 'request_changes', 'escalate_to_human']),
  confidence: z.number().min(0).max(1),
  comments: z.array(reviewCommentSchema).max(50),
  summary: z.string().min(1).max(4000),
})
export type Review = z.infer<typeof reviewSchema>

/** The comments that the repository's `block_on` list never lets pass without a person, whatever their severity. */
export function blockedBy(comments: readonly ReviewComment[], blockOn: readonly string[]): ReviewComment[] {
  return comments.filter((comment) => comment.severity !== 'note' && blockOn.includes(comment.category))
}
