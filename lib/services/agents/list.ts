import { z } from 'zod'
import { authorise } from '../authorise'
import type { ServiceContext } from '../context'
import { parseInput } from '../parse'
import type { OpenBase } from '../repositories/base'
import { findRepository } from '../repositories/find'
import type { AgentSheet, ReadAgents } from './view'

export const listAgentsInput = z.strictObject({ repository: z.uuid().optional() })

/** The agents, as they would work now on a repository; without one, as DevPilot brings them along. */
export async function listAgents({
  ctx,
  input,
  open,
  read,
}: {
  ctx: ServiceContext
  input: z.input<typeof listAgentsInput>
  open: OpenBase
  read: ReadAgents
}): Promise<AgentSheet[]> {
  authorise(ctx, 'read')
  const { repository } = parseInput(listAgentsInput, input)
  return read(repository === undefined ? null : await open(await findRepository(ctx.db, repository)))
}
