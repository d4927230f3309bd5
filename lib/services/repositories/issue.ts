import { z } from 'zod'
import { AppError } from '@/lib/errors'
import { authorise } from '../authorise'
import type { ServiceContext } from '../context'
import { parseInput } from '../parse'
import type { RepositoryRow } from './add'
import { findRepository } from './find'

export const lookUpIssueInput = z.strictObject({
  repository: z.uuid(),
  /** `42`, `#42`, `owner/name#42`, or the address of its page. */
  issue: z.string().trim().min(1).max(2_000),
})

export const issueViewSchema = z.object({
  number: z.int().min(1),
  title: z.string(),
  labels: z.array(z.string()),
  author: z.string(),
})
export type IssueView = z.infer<typeof issueViewSchema>

/** Asks a repository's forge for an issue. @throws AppError('not_found' | 'bad_config' | 'forge_error') */
export type ReadIssue = (
  repository: RepositoryRow,
  number: number,
) => Promise<z.input<typeof issueViewSchema>>

/**
 * The issue that a text names, as its forge tells it.
 * @throws AppError('bad_request') for a text that names none, or one of another repository; 'not_found'
 */
export async function lookUpIssue({
  ctx,
  input,
  readIssue,
}: {
  ctx: ServiceContext
  input: z.input<typeof lookUpIssueInput>
  readIssue: ReadIssue
}): Promise<IssueView> {
  authorise(ctx, 'trigger')
  const { repository, issue } = parseInput(lookUpIssueInput, input)
  const row = await findRepository(ctx.db, repository)
  return issueViewSchema.parse(await readIssue(row, issueNumber(issue, row)))
}

const plain = /^#?(\d{1,9})$/
const named = /^(?:https?:\/\/[^/]+\/)?([\w.-]+\/[\w.-]+)(?:#|\/issues\/)(\d{1,9})(?:[/?#].*)?$/

function issueNumber(text: string, repository: Pick<RepositoryRow, 'name'>): number {
  const other = named.exec(text)
  if (other && other[1]?.toLowerCase() !== repository.name.toLowerCase()) {
    throw new AppError('bad_request', `issue: this is one of ${other[1]}, not of ${repository.name}.`, {
      place: 'issue',
      mend: 'Choose that repository, or give an issue of this one.',
    })
  }
  const number = Number(other?.[2] ?? plain.exec(text)?.[1] ?? 0)
  if (number > 0) return number
  throw new AppError(
    'bad_request',
    `issue: "${text.slice(0, 100)}" is no number and no address of an issue.`,
    {
      place: 'issue',
      mend: 'Give its number, as 42, or the address of its page.',
    },
  )
}
