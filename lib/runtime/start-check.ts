import { type Config, defaultConfig, flowFor, guarded } from '@/lib/core/config'
import { agentsOf } from '@/lib/core/flow'
import { configFile } from '@/lib/core/names'
import { nearest } from '@/lib/core/nearest'
import { env } from '@/lib/env'
import { AppError } from '@/lib/errors'
import { readIssue } from '@/lib/forge/local/issue'
import type { Runtime } from '@/lib/runtime'
import type { CheckStart } from '@/lib/services/runs/start'
import { overridesOf } from '@/lib/services/runs/start-input'
import { assertTrusted } from '@/lib/workspace/bench/trust'
import { parseConfig } from '@/lib/workspace/config/parse'
import { inspectRepository } from '@/lib/workspace/git/inspect'
import { git, gitText } from '@/lib/workspace/git/run'
import { modelFor } from './models'

/**
 * What a run would fail at before its first step of work, looked at before it is queued: the repository, the branch it
 * goes into, the configuration there, its flow, its issue, and the keys of its models. Of a repository on this machine
 * alone: what has to be asked over the network is left to the run.
 * @param here whether this process works on it, so that its keys and what it allows are the ones that count
 */
export function startCheck(here: boolean): CheckStart {
  return async (wanted, { forge, source }) => {
    const overrides = overridesOf(wanted)
    if (forge !== 'local' || overrides.write !== undefined) return
    const { root, defaultBranch } = await inspectRepository(source)
    const main = await configAt(root, defaultBranch ?? 'HEAD')
    const target = overrides.target ?? main?.project.main_branch ?? defaultBranch ?? 'HEAD'
    const own = target === defaultBranch ? main : await configAt(root, target)
    const config =
      overrides.config === undefined
        ? (own ?? defaultConfig())
        : guarded(parseConfig(overrides.config, 'the configuration of this run'), own)
    const flow = wanted.flow === 'auto' ? undefined : wanted.flow
    const steps = flowFor(config, { flow, trigger: wanted.trigger, steps: overrides.steps })
    if (wanted.issue !== undefined && wanted.task === undefined) await readIssue(root, wanted.issue)
    if (!here) return
    assertTrusted(config, env().DEVPILOT_TRUST)
    // A recording needs no key, and what it holds is read by the run.
    if (overrides.recording !== undefined) return
    const { record: _record, ...asked } = overrides
    for (const agent of agentsOf(steps)) await modelFor(agent, { config, overrides: asked, roots: [] })
  }
}

/** With the embedded database the one process that has it open does all the work. */
export function worksAlone({ database, engine }: Pick<Runtime, 'database' | 'engine'>): boolean {
  return database.driver === 'pglite' && (engine?.name ?? env().DEVPILOT_ENGINE) === 'embedded'
}

/** The configuration at a branch; null where there is none. @throws AppError with line and column where it is wrong */
async function configAt(root: string, name: string): Promise<Config | null> {
  const sha = await commitOf(root, name)
  const options = { cwd: root, okCodes: [1, 128], maxOutputBytes: 1_000_000, cutOutput: true }
  const { exitCode, stdout } = await git(['cat-file', 'blob', `${sha}:${configFile}`], options)
  return exitCode === 0 ? parseConfig(stdout.toString('utf8'), configFile) : null
}

/** As a run finds it in its mirror, which has the branches of the source and of the source's own origin. */
async function commitOf(root: string, name: string): Promise<string> {
  const places = ['refs/heads/', 'refs/remotes/origin/', 'refs/tags/'].map((place) => place + name)
  for (const candidate of name === 'HEAD' || /^[0-9a-f]{40}$/.test(name) ? [name, ...places] : places) {
    const args = ['rev-parse', '--verify', '--quiet', '--end-of-options', `${candidate}^{commit}`]
    const found = await git(args, { cwd: root, okCodes: [1, 128] })
    if (found.exitCode === 0) return found.stdout.toString('utf8').trim()
  }
  const args = ['for-each-ref', '--count=200', '--format=%(refname:short)', 'refs/heads']
  const branches = (await gitText(args, { cwd: root })).split('\n').filter((branch) => branch !== '')
  const like = nearest(name, branches)
  throw new AppError(
    'not_found',
    `${root} has no branch, tag or commit "${name}".${like ? ` Did you mean "${like}"?` : ''}`,
    { place: root, mend: 'Name one that `git branch -a` lists there.' },
  )
}
