import { z } from 'zod'
import { configFile } from '@/lib/core/names'
import { sha256 } from '@/lib/db/client'
import { AppError } from '@/lib/errors'
import { authorise } from '../authorise'
import type { ServiceContext } from '../context'
import { parseInput } from '../parse'
import { madeOnce } from '../runs/made-once'
import { startRun } from '../runs/start'
import type { RunSummary } from '../views'
import type { OpenBase } from './base'
import type { ConfigReader } from './config-view'
import { findRepository } from './find'

export const proposeConfigInput = z.strictObject({
  repository: z.uuid(),
  text: z.string().min(1).max(262_144),
  /** SHA-256 in hex of the text that it was written from; null: there was no file. */
  replaces: z
    .string()
    .regex(/^[0-9a-f]{64}$/, 'the `hash` that came with the text')
    .nullable(),
  /** Why, for who approves it. */
  why: z.string().trim().max(300).optional(),
})

/**
 * Proposes a devpilot.yaml: configuration is read from the base branch alone, so a run writes it on a branch and takes
 * it through pull request, gate and merge as any change.
 * @throws AppError('conflict') when the base's file changed since it was read, 'bad_config' that names every problem,
 *   'bad_request' for a text that changes nothing
 * @param id see `madeOnce`: what was made is not judged again, its own change may be merged by then
 */
export async function proposeConfig({
  ctx,
  input,
  open,
  reader,
  id,
}: {
  ctx: ServiceContext
  input: z.input<typeof proposeConfigInput>
  open: OpenBase
  reader: ConfigReader
  id?: string | undefined
}): Promise<RunSummary> {
  authorise(ctx, 'trigger')
  const wanted = parseInput(proposeConfigInput, input)
  return madeOnce(ctx, id, async (run) => {
    const start = await runFor(ctx, wanted, { open, reader })
    await startRun({ ctx, input: start, id: run })
  })
}

/** The run that writes the file, once it is judged. */
async function runFor(
  ctx: ServiceContext,
  { repository, text, replaces, why }: z.output<typeof proposeConfigInput>,
  { open, reader }: { readonly open: OpenBase; readonly reader: ConfigReader },
): Promise<Parameters<typeof startRun>[0]['input']> {
  const row = await findRepository(ctx.db, repository)
  const { branch, read } = await open(row)
  const there = await read(configFile)
  if ((there === null ? null : sha256(there)) !== replaces) {
    throw new AppError('conflict', `${configFile} changed on ${branch} while you edited it.`, {
      place: configFile,
      mend: 'Read the new text, make your change on it, and propose it again.',
    })
  }
  const content = text.endsWith('\n') ? text : `${text}\n`
  if (content === there) {
    throw new AppError('bad_request', `text: ${branch} has just this ${configFile} already.`, {
      place: 'text',
      mend: 'Change something first.',
    })
  }
  assertValid(reader.check(content, undefined).problems)
  const title = why ? why : `${there === null ? 'Add' : 'Change'} ${configFile}`
  const overrides = { write: { path: configFile, content, replaces } } as const
  return { repository: row.id, flow: 'config', trigger: 'manual', title, overrides }
}

function assertValid(
  problems: readonly { line: number; column: number; key: string; message: string }[],
): void {
  const first = problems[0]
  if (first === undefined) return
  const said = problems
    .slice(0, 10)
    .map(({ line, column, key, message }) => `${line}:${column} ${key ? `${key}: ` : ''}${message}`)
  throw new AppError('bad_config', `${configFile} is not valid:\n  ${said.join('\n  ')}`, {
    place: `${configFile}:${first.line}:${first.column}`,
    mend: 'Correct these lines; nothing was proposed.',
  })
}
