import type { Db } from '@/lib/db/client'
import type { ReadIssue } from '@/lib/services/repositories/issue'
import { forgeOf } from './forge'

/** Reads issues with the forges of this installation; nothing is written. */
export function issueReader(db: Db): ReadIssue {
  return async (repository, number) => {
    const forge = await forgeOf(db, { id: '', repository })
    const { title, labels, author } = await forge.getIssue(number)
    return { number, title, labels: [...labels], author }
  }
}
