import { existsSync } from 'node:fs'
import { lstat, mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { z } from 'zod'
import { configLanguages } from '@/lib/core/config-schema'
import { nearest } from '@/lib/core/nearest'
import { AppError } from '@/lib/errors'
import { parseConfig } from '@/lib/workspace/config/parse'
import { configSchemaText } from '@/lib/workspace/config/schema-json'
import { configText, integrationNames, SCHEMA_PATH } from '@/lib/workspace/config/template'
import { ask, confirm } from '../ask'
import { type CiSystem, ciFile } from '../init/ci'
import { type Answers, detectAnswers } from '../init/detect'
import { type Invocation, parseOptions } from '../invocation'
import type { Io } from '../io'

const options = z.object({
  repo: z.string().default('.'),
  language: z.enum(configLanguages).optional(),
  ci: z.enum(['github-actions', 'gitlab']).optional(),
  integrations: z.string().optional(),
  yes: z.boolean().default(false),
  force: z.boolean().default(false),
})

export async function command({ options: raw, io }: Invocation): Promise<number> {
  const given = parseOptions(options, raw)
  const found = await detectAnswers(given.repo, given.language)
  const asked = io.interactive && !given.yes && !io.json
  const answers = asked ? await wizard(found, given.ci, io) : found
  const integrations = integrationsOf(given.integrations) ?? answers.integrations
  const ci = given.ci ?? answers.ci
  const files = [
    { path: 'devpilot.yaml', content: configText({ ...answers, integrations }) },
    { path: SCHEMA_PATH, content: configSchemaText() },
    ...(ci ? [ciFile(ci, answers)] : []),
  ]
  // What is written is what will be read: never a file that the next command refuses.
  parseConfig(files[0]?.content ?? '', 'devpilot.yaml')
  await assertFree(
    found.root,
    files.map((file) => file.path),
    given.force,
  )
  for (const file of files) {
    await mkdir(dirname(join(found.root, file.path)), { recursive: true })
    await writeFile(join(found.root, file.path), file.content)
  }
  const written = files.map((file) => file.path)
  io.data({ ...answers, written, integrations, ci }, () => written.map((path) => `+ ${path}`).join('\n'))
  const later = integrations.filter((name) => name !== 'github')
  if (later.length > 0)
    io.note(`note: ${later.join(', ')}: no effect in this version, so nothing is written for it.`)
  for (const warning of answers.warnings) io.note(`note: ${warning}`)
  io.note(
    '\nCommit these files: runs read the configuration from the base branch. Then:\n  devpilot doctor\n  devpilot run --task "…"',
  )
  return 0
}

async function wizard(found: Answers, ci: CiSystem | undefined, io: Io): Promise<Answers> {
  io.note(
    `Found ${found.language ?? 'an unknown language'} in ${found.root}. Enter takes what stands in brackets; - leaves it out.\n`,
  )
  const line = async (name: string, flag: string, value: string | null) => {
    const answer = await ask(io, `${name} [${value ?? '-'}]:`, flag)
    if (answer === '') return value
    return answer === '-' ? null : answer
  }
  const testCommand = await line('Test command', '--yes', found.testCommand)
  const lintCommand = await line('Lint command', '--yes', found.lintCommand)
  const typeCommand = await line('Type check command', '--yes', found.typeCommand)
  const mainBranch = (await line('Main branch', '--yes', found.mainBranch)) ?? found.mainBranch
  const wanted = ci ?? (await chooseCi(found, io))
  return { ...found, testCommand, lintCommand, typeCommand, mainBranch, ci: wanted }
}

async function chooseCi(found: Answers, io: Io): Promise<CiSystem | null> {
  const system: CiSystem = found.forge === 'gitlab' ? 'gitlab' : 'github-actions'
  return (await confirm(io, `Write CI that runs DevPilot (${system})?`, '--ci', false)) ? system : null
}

function integrationsOf(text: string | undefined): readonly string[] | undefined {
  if (text === undefined) return undefined
  const names = text
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '')
  const wrong = names.find((name) => !integrationNames.some((known) => known === name))
  if (wrong === undefined) return names
  const like = nearest(wrong, integrationNames)
  throw new AppError(
    'bad_request',
    `--integrations: there is no "${wrong}".${like ? ` Did you mean "${like}"?` : ''}`,
    {
      mend: `Integrations are ${integrationNames.join(', ')}.`,
    },
  )
}

async function assertFree(root: string, paths: readonly string[], force: boolean): Promise<void> {
  for (const path of paths) {
    const target = join(root, path)
    if (!existsSync(target)) continue
    if ((await lstat(target)).isSymbolicLink()) {
      throw new AppError('conflict', `${path} is a link: nothing was written.`, {
        place: path,
        mend: 'Replace it by a file.',
      })
    }
    if (!force && path !== SCHEMA_PATH) {
      throw new AppError('conflict', `${path} is there already: nothing was written.`, {
        place: path,
        mend: 'Overwrite it with --force.',
      })
    }
  }
}
