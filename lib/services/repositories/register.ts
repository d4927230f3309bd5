import { basename, isAbsolute } from 'node:path'
import type { Tx } from '@/lib/db/client'
import { AppError } from '@/lib/errors'
import type { ServiceContext } from '../context'
import { findOrAdd, insertRepository, type RepositoryRow } from './add'

/**
 * As `findOrAdd` for a log that was written elsewhere: what it names may be a folder of another machine, or only a
 * name, and is registered all the same.
 */
export async function findOrRegister(tx: Tx, ctx: ServiceContext, text: string): Promise<RepositoryRow> {
  try {
    return await findOrAdd(tx, ctx, text)
  } catch (error) {
    const unknown = error instanceof AppError && ['not_found', 'repository_unusable'].includes(error.code)
    if (!unknown) throw error
    const name = isAbsolute(text) ? basename(text) || text : text
    return insertRepository(tx, ctx, { name, forge: 'local', source: text, defaultBranch: 'main' })
  }
}
