import { readFile } from 'node:fs/promises'
import { basename, resolve } from 'node:path'
import { z } from 'zod'
import { AppError } from '@/lib/errors'
import { parseConfig } from '@/lib/workspace/config/parse'
import type { Api, StartRunBody } from './api'
import { withApi } from './connect'
import { followRun, sayDetached } from './follow'
import { flagNumber } from './invocation'
import type { Io } from './io'
import { resolveRepository } from './resolve'

/** Flags of every command that starts a run. */
export const startOptions = z.object({
  repo: z.string().default('.'),
  model: z.string().min(1).optional(),
  provider: z.enum(['openai', 'together', 'anthropic', 'compatible', 'oumi', 'recorded']).optional(),
  recording: z.string().min(1).optional(),
  budget: flagNumber.positive().max(10_000).optional(),
  target: z.string().min(1).optional(),
  priority: flagNumber.int().min(-100).max(100).optional(),
  config: z.string().min(1).optional(),
  detach: z.boolean().default(false),
})
export type StartOptions = z.output<typeof startOptions>

type Wanted = Pick<StartRunBody, 'flow' | 'trigger' | 'task' | 'title' | 'issue' | 'log' | 'files'> & {
  readonly steps?: readonly string[]
}

/** Starts a run, and follows it unless --detach is given. Everything that can be wrong is said before it starts. */
export async function startAndFollow(wanted: Wanted, options: StartOptions, io: Io): Promise<number> {
  const body = await bodyOf(wanted, options)
  return withApi(io, async (api: Api) => {
    const run = await api.startRun(body, !options.detach)
    if (options.detach) {
      await sayDetached(api, run, io)
      return 0
    }
    io.note(
      `${io.paintNote('bold', run.title)}\nrun ${run.id}${api.pages ? `  ${api.pages}/runs/${run.id}` : ''}`,
    )
    return followRun(api, run.id, io)
  })
}

async function bodyOf({ steps, ...wanted }: Wanted, options: StartOptions): Promise<StartRunBody> {
  const { model, provider, recording, target } = options
  if (provider === 'recorded' && recording === undefined) {
    throw new AppError('bad_request', '--recording: the provider `recorded` replays a file.', {
      mend: 'Name it with --recording <file>.',
    })
  }
  const config = options.config === undefined ? undefined : await configText(options.config)
  return {
    ...wanted,
    repository: await resolveRepository(options.repo),
    ...(options.budget === undefined ? {} : { budgetUsd: options.budget }),
    ...(options.priority === undefined ? {} : { priority: options.priority }),
    ...(config === undefined ? {} : { config }),
    overrides: {
      ...(steps ? { steps: [...steps] } : {}),
      ...(model ? { model } : {}),
      ...(provider ? { provider } : {}),
      ...(recording ? { recording: resolve(recording) } : {}),
      ...(target ? { target } : {}),
    },
  }
}

async function configText(path: string): Promise<string> {
  const text = await textOf(path, '--config')
  parseConfig(text, basename(path))
  return text
}

/** Text of a file that a flag names, `-` for standard input. @throws AppError('bad_request') that names the flag. */
export async function textOf(path: string, flag: string): Promise<string> {
  try {
    return path === '-' ? await standardInput() : await readFile(path, 'utf8')
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : ''
    if (!code.startsWith('E')) throw error
    throw new AppError('bad_request', `${flag}: ${path} cannot be read (${code}).`, {
      place: flag,
      mend: 'Give the path of a text file, or - for standard input.',
      cause: error,
    })
  }
}

async function standardInput(): Promise<string> {
  const parts: Buffer[] = []
  for await (const part of process.stdin) parts.push(Buffer.from(part))
  return Buffer.concat(parts).toString('utf8')
}
