import { z } from 'zod'
import { configFile } from '@/lib/core/names'
import { sha256 } from '@/lib/db/client'
import { authorise } from '../authorise'
import type { ServiceContext } from '../context'
import { parseInput } from '../parse'
import type { OpenBase } from './base'
import type { BaseConfig, ConfigReader } from './config-view'
import { findRepository } from './find'

export const getConfigInput = z.strictObject({ repository: z.uuid() })

/**
 * The configuration in force for a repository's next run: the file of its base branch, or what one could begin with.
 * @throws AppError('not_found'), and what git says where the base branch cannot be read
 */
export async function getConfig({
  ctx,
  input,
  open,
  reader,
}: {
  ctx: ServiceContext
  input: z.input<typeof getConfigInput>
  open: OpenBase
  reader: ConfigReader
}): Promise<BaseConfig> {
  authorise(ctx, 'read')
  const { repository } = parseInput(getConfigInput, input)
  const row = await findRepository(ctx.db, repository)
  const base = await open(row)
  const { branch, sha } = base
  const text = await base.read(configFile)
  const template = text === null ? await reader.template({ ...base, name: row.name, forge: row.forge }) : null
  return { branch, sha, text, hash: text === null ? null : sha256(text), template }
}
