import { z } from 'zod'
import { type Config, defaultConfig, limitsOf } from '@/lib/core/config'
import { flowsOf, type NamedFlow } from '@/lib/core/flow-list'
import type { Limits } from '@/lib/core/limits'
import { configFile } from '@/lib/core/names'
import { authorise } from '../authorise'
import type { ServiceContext } from '../context'
import { parseInput } from '../parse'
import type { OpenBase } from '../repositories/base'
import { findRepository } from '../repositories/find'

export const listFlowsInput = z.strictObject({ repository: z.uuid().optional() })

/** Flows as they would run now, and what they are resolved with. */
export interface FlowList {
  readonly flows: readonly NamedFlow[]
  readonly limits: Limits
  readonly config: Config
  /** The repository's base branch; null without a repository. */
  readonly branch: string | null
  /** Why the repository's own configuration does not count here: it is not valid. */
  readonly problem: string | null
}

/** The flows that a repository has, its own and the built-in ones; without a repository those under the defaults. */
export async function listFlows({
  ctx,
  input,
  open,
  parse,
}: {
  ctx: ServiceContext
  input: z.input<typeof listFlowsInput>
  open: OpenBase
  parse: (text: string) => { readonly config: Config } | { readonly problem: string }
}): Promise<FlowList> {
  authorise(ctx, 'read')
  const { repository } = parseInput(listFlowsInput, input)
  if (repository === undefined) return listed(defaultConfig(), null, null)
  const base = await open(await findRepository(ctx.db, repository))
  const text = await base.read(configFile)
  const read = text === null ? { config: defaultConfig() } : parse(text)
  return 'config' in read
    ? listed(read.config, base.branch, null)
    : listed(defaultConfig(), base.branch, read.problem)
}

function listed(config: Config, branch: string | null, problem: string | null): FlowList {
  return { flows: flowsOf(config), limits: limitsOf(config), config, branch, problem }
}
