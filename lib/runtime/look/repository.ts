import { type Checked, fail, ok } from '@/lib/core/checked'
import type { Config } from '@/lib/core/config'
import { configFile } from '@/lib/core/names'
import type { RunRecord } from '@/lib/core/record'
import { toAppError } from '@/lib/errors'
import type { LookAtRepository, RepositoryLook } from '@/lib/services/repositories/look'
import type { GitOptions } from '@/lib/workspace/git/run'
import type { Project } from '@/lib/workspace/project/project'
import { treeReader } from '@/lib/workspace/project/tree-reader'
import { gitHeaderOf, githubAuth } from '../forge'
import { checkMachine } from './machine'
import { lookAtProject, type ProjectLook } from './project'
import { type Opened, openSource } from './source'

const LIMIT_MS = 90_000

/** Looks at a repository's base branch before anything of it is kept: what will work here, what not, and the mend. */
export const lookAtRepository: LookAtRepository = async (place) => {
  const signal = AbortSignal.timeout(LIMIT_MS)
  let opened: Opened | null = null
  try {
    const known = { repository: { ...place, id: '', name: '', defaultBranch: '' } }
    opened = await openSource(place, await gitHeaderOf(known), signal)
    return await looked(place, opened)
  } catch (error) {
    const { message, mend } = toAppError(error)
    return nothing([fail('reachable', message, mend ?? 'Check the address, and try again.')])
  } finally {
    await opened?.close()
  }
}

async function looked(
  place: Pick<RunRecord['repository'], 'forge'>,
  opened: Opened,
): Promise<RepositoryLook> {
  const { at, branch, checks } = opened
  const first = await opened.commitOf(branch)
  if (first === null) return nothing([...checks, noBranch(branch)])
  const before = await lookAtCommit(at, first)
  const named = before.config.project.main_branch ?? branch
  const sha = named === branch ? first : await opened.commitOf(named)
  if (sha === null) return nothing([...checks, noBranch(named)])
  const look = sha === first ? before : await lookAtCommit(at, sha)
  const machine = await checkMachine(look.config, look.project)
  const all = [...checks, ok('base branch', `${named}, at ${sha.slice(0, 7)}`), ...look.checks]
  return {
    checks: [...all, ...forgeChecks(place), ...machine],
    branch: named,
    headSha: sha,
    config: look.configState,
    project: projectFacts(look.config, look.project),
  }
}

async function lookAtCommit(at: GitOptions, sha: string): Promise<ProjectLook> {
  const reader = await treeReader(at, sha)
  return lookAtProject(reader, await reader.read(configFile))
}

function nothing(checks: readonly Checked[]): RepositoryLook {
  return { checks, branch: null, headSha: null, config: null, project: null }
}

const noBranch = (name: string): Checked =>
  fail('base branch', `There is no branch ${name}.`, `Push it, or name another as project.main_branch.`)

/** Whether pull requests can be opened where they belong. */
function forgeChecks({ forge }: Pick<RunRecord['repository'], 'forge'>): Checked[] {
  if (forge === 'local') return [ok('pull requests', 'kept by DevPilot; approving merges into this clone')]
  try {
    githubAuth()
    return [ok('pull requests', 'on GitHub, with the key of this installation')]
  } catch (error) {
    const { message, mend } = toAppError(error)
    return [fail('pull requests', message, mend ?? 'Set GITHUB_TOKEN.')]
  }
}

function projectFacts(config: Config, project: Project): RepositoryLook['project'] {
  const { language, manager, setupCommand, test, lint, types } = project
  return {
    name: config.project.name ?? null,
    language: language.value,
    manager: manager?.value ?? null,
    setup: setupCommand?.value ?? null,
    test: test?.value.command ?? null,
    lint: lint?.value.command ?? null,
    types: types?.value.command ?? null,
  }
}
