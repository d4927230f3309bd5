import { learnings, learningUses } from '@/drizzle/schema'
import type { Db } from '@/lib/db/client'
import { newId } from '@/lib/db/ids'
import { hostile } from './seed-content'

interface SeedLearnings {
  readonly repositoryId: string
  readonly runId: string
  readonly ago: (minutes: number) => Date
}

/** What a fortnight teaches: some waits, some is in use, one has ended, one was refused, one is hostile. */
export async function seedLearnings(db: Db, { repositoryId, runId, ago }: SeedLearnings): Promise<void> {
  const owner = { kind: 'user', id: 'owner', name: 'owner', via: 'dashboard' } as const
  const rows = [
    [
      'proposed',
      'mistake',
      'Months are counted from 1 in the input and from 0 in Date.',
      'debugger, root cause',
    ],
    [
      'proposed',
      'reviewer_rule',
      'src/parse.ts: every error names the field that it is about.',
      'review, clarity',
    ],
    ['proposed', 'mistake', hostile.title, 'debugger, root cause'],
    [
      'approved',
      'reviewer_rule',
      'Dates are read and written as UTC; a local Date is a finding.',
      'review, bug',
    ],
    [
      'approved',
      'success',
      'A table of cases as the first test finds the edge that the issue forgot.',
      'review, tests',
    ],
    [
      'expired',
      'mistake',
      'The holidays service answers slowly until its move is done.',
      'debugger, root cause',
    ],
    ['rejected', 'reviewer_rule', 'Prefer classes.', 'review, style'],
  ] as const
  for (const [at, [status, kind, text, source]] of rows.entries()) {
    const id = newId()
    const decided = status === 'proposed' ? {} : { decidedBy: owner, decidedAt: ago(600) }
    const used = status === 'approved' ? 1 : 0
    await db.insert(learnings).values({
      ...{ id, repositoryId, runId, kind, text, source, status, used, ...decided },
      createdAt: ago(40 + at * 700),
    })
    if (used > 0) await db.insert(learningUses).values({ learningId: id, runId, at: ago(45) })
  }
}
