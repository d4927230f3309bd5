import { z } from 'zod'
import type { Checked } from '@/lib/core/checked'
import { lookAtFolder } from '@/lib/runtime/look/folder'
import { checkGates } from '@/lib/runtime/look/gates'
import { checkModels, checkRegistries, checkSandboxes } from '@/lib/runtime/look/machine'
import { checkDatabase, checkDisk, checkGit, checkNode, checkPort } from '../doctor/machine'
import { exitCodes } from '../exit-codes'
import { type Invocation, parseOptions } from '../invocation'
import type { Io } from '../io'
import { asTyped } from '../say'
import { table } from '../text'

const options = z.object({ repo: z.string().default('.') })

export async function command({ options: raw, io }: Invocation): Promise<number> {
  const { repo } = parseOptions(options, raw)
  // A machine can be looked at from any folder; another one that was named has to be a repository.
  const { checks: repository, config, project } = await lookAtFolder(repo, repo !== '.')
  const checks: Checked[] = [
    checkNode(),
    await checkGit(),
    await checkDatabase(),
    ...(await checkSandboxes(config)),
    checkModels(config),
    await checkDisk(),
    await checkPort(),
    ...repository,
    checkGates(config),
    ...(await checkRegistries(project)),
  ]
  const works = checks.every(({ status }) => status !== 'fail')
  io.data({ ok: works, checks }, () => text(checks, io))
  if (!works) io.note('\nSomething vital is missing: mend what is marked ✗.')
  return works ? exitCodes.ok : exitCodes.error
}

const marks = { ok: ['green', '✓'], warn: ['yellow', '!'], fail: ['red', '✗'] } as const

function text(checks: readonly Checked[], io: Io): string {
  return table(
    checks.flatMap(({ name, status, detail, mend, isolates }) => {
      const [tone, icon] = marks[status]
      const rows = [[io.paint(tone, icon), name, detail]]
      if (isolates && status === 'ok')
        rows.push([
          '',
          '',
          `keeps apart: ${words(isolates, true)}${words(isolates, false) ? `; not: ${words(isolates, false)}` : ''}`,
        ])
      if (mend) rows.push(['', '', `mend: ${asTyped(mend)}`])
      return rows
    }),
  )
}

function words(isolates: Readonly<Record<string, boolean>>, value: boolean): string {
  return Object.entries(isolates)
    .flatMap(([name, held]) => (held === value ? [name] : []))
    .join(', ')
}
