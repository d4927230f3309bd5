import { constants } from 'node:fs'
import { mkdir, open } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { z } from 'zod'
import { env } from '@/lib/env'
import { AppError } from '@/lib/errors'
import { directoryReader } from '@/lib/workspace/project/reader'
import { aboutRepository } from '@/lib/workspace/scaffold/about'
import { scaffoldFacts } from '@/lib/workspace/scaffold/facts'
import { auditRepository, type Draft, type Drafted, draft } from '@/lib/workspace/scaffold/scaffold'
import { type Invocation, parseOptions } from '../invocation'
import type { Io } from '../io'
import { noteRun } from '../note-run'
import { startAndFollow, startOptions } from '../start'
import { table } from '../text'

const options = startOptions.extend({
  write: z.boolean().default(false),
  pr: z.boolean().default(false),
  show: z.boolean().default(false),
})

export async function command({ options: raw, io }: Invocation): Promise<number> {
  const given = parseOptions(options, raw)
  if (given.write && given.pr) {
    throw new AppError('bad_request', '--write and --pr are both given.', {
      mend: 'Write into this checkout, or let a run open a pull request.',
    })
  }
  if (given.pr) return startAndFollow({ flow: 'scaffold', trigger: 'cli' }, given, io)
  const startedAt = new Date()
  const about = await aboutRepository(given.repo)
  const facts = await scaffoldFacts(await directoryReader(about.root), about)
  const audit = auditRepository(facts)
  const drafted = draft(facts)
  const written = given.write ? await writeAll(about.root, drafted.files) : []
  const data = { root: about.root, audit, ...drafted, written }
  io.data(data, () => (given.show ? shown(drafted) : report(audit, drafted, written, io)))
  if (given.write) {
    await noteRun(
      { repository: about.root, task: 'scaffold', files: written, startedAt },
      env().DEVPILOT_HOME,
      io,
    )
  } else if (drafted.files.length > 0 && !given.show) {
    io.note('\nRead them with --show, write them with --write, or let a run open a pull request with --pr.')
  }
  return 0
}

/** Writes what is not there. A file that appeared meanwhile, and a link, is left as it is. */
async function writeAll(root: string, drafts: readonly Draft[]): Promise<string[]> {
  const written: string[] = []
  for (const { path, content } of drafts) {
    const target = join(root, path)
    await mkdir(dirname(target), { recursive: true })
    const file = await openNew(target)
    if (file === null) continue
    try {
      await file.writeFile(content)
      written.push(path)
    } finally {
      await file.close()
    }
  }
  return written
}

async function openNew(path: string) {
  try {
    return await open(
      path,
      constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW,
      0o644,
    )
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return null
    throw error
  }
}

function report(
  audit: ReturnType<typeof auditRepository>,
  { advice }: Drafted,
  written: readonly string[],
  io: Io,
): string {
  const rows = audit.map((file) => {
    const undone = advice.find((item) => item.path === file.path)
    if (file.present) return [io.paint('green', '✓ there'), file.path, '']
    if (written.includes(file.path)) return [io.paint('green', '+ written'), file.path, file.why]
    if (undone) return [io.paint('yellow', '! yours'), file.path, undone.reason]
    return [io.paint('red', '✗ missing'), file.path, file.why]
  })
  return table(rows)
}

function shown({ files }: Drafted): string {
  return files.map((file) => `--- ${file.path}\n${file.content}`).join('\n')
}
