import { z } from 'zod'
import { type AgentName, agentNames } from '@/lib/core/flow'
import { nearest } from '@/lib/core/nearest'
import { AppError } from '@/lib/errors'
import { type Invocation, parseOptions } from '../invocation'
import { startAndFollow, startOptions, textOf } from '../start'

const options = startOptions.extend({
  task: z.string().trim().min(1).optional(),
  files: z.array(z.string().min(1)).optional(),
  log: z.string().min(1).optional(),
})

/** One agent as a flow of its own; what it changes ends in a pull request, as every change does. */
export async function command({ args, options: raw, io }: Invocation): Promise<number> {
  const agent = agentOf(String(args[0]))
  const given = parseOptions(options, raw)
  const log = given.log === undefined ? undefined : await textOf(given.log, '--log')
  const { task, files } = given
  if (task === undefined && log === undefined && files === undefined) {
    throw new AppError('bad_request', `Nothing says what the ${agent} is to do.`, {
      mend: 'Give --task "…", --files <paths…> or --log <file>.',
    })
  }
  const wanted = {
    flow: 'auto',
    trigger: 'cli' as const,
    title:
      (task ?? `${agent}: ${files?.join(', ') ?? given.log ?? ''}`).split('\n')[0]?.slice(0, 200) ?? agent,
    ...(task === undefined ? {} : { task }),
    ...(files === undefined ? {} : { files }),
    ...(log === undefined ? {} : { log }),
    steps: [agent],
  }
  return startAndFollow(wanted, given, io)
}

function agentOf(text: string): AgentName {
  const known = agentNames.find((name) => name === text)
  if (known) return known
  const like = nearest(text, agentNames)
  throw new AppError('bad_request', `There is no agent "${text}".${like ? ` Did you mean "${like}"?` : ''}`, {
    mend: `Agents are ${agentNames.join(', ')}.`,
  })
}
