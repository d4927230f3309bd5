import { join } from 'node:path'
import type { Workspace } from '@/lib/agents/workspace'
import { defaultConfig } from '@/lib/core/config'
import type { RunRecord } from '@/lib/core/record'
import { AppError } from '@/lib/errors'
import { mustGit, tryGit } from '@/lib/forge/git'
import type { Bench } from '@/lib/steps/ports'
import { commit } from '@/tests/support/forge-repositories'

export const mirrorOf = (home: string): string => join(home, 'mirror.git')
export const branchOf = (run: Pick<RunRecord, 'id'>): string => `devpilot/${run.id}`

interface TinyBench {
  readonly home: string
  readonly run: RunRecord
  readonly tipOf: (branch: string) => Promise<string>
  /** Asked right before the branch moves: a worker that was frozen would put it back under its heir. */
  readonly beforeWrite: () => Promise<void>
}

/** A run's repository without a checkout: its branch in the bare mirror, written by git alone. */
export function tinyBench({ home, run, tipOf, beforeWrite }: TinyBench): Bench {
  const mirror = mirrorOf(home)
  const branch = branchOf(run)
  const target = run.state.target
  const head = async () => {
    const { exitCode, stdout } = await tryGit(mirror, [
      'rev-parse',
      '--verify',
      '--quiet',
      `refs/heads/${branch}`,
    ])
    return exitCode === 0 ? stdout.trim() : base()
  }
  const base = () => mustGit(mirror, ['rev-parse', 'refs/heads/main'])
  const diff = async () => mustGit(mirror, ['diff', await base(), await head(), '--'])
  const none = (what: string) => async (): Promise<never> => {
    throw new AppError('internal', `The crash bench has no ${what}.`)
  }
  const workspace: Workspace = {
    baseSha: '',
    headSha: head,
    diff,
    commit: async () => null,
    async writeFile({ path, content }) {
      const parent = await head()
      const there = await tryGit(mirror, ['show', `${parent}:${path}`])
      if (there.exitCode === 0 && there.stdout === content) return
      await beforeWrite()
      commit(mirror, { branch, from: parent, files: { [path]: content }, message: `write ${path}` })
    },
    listFiles: none('list of files'),
    readFile: none('file to read'),
    search: none('search'),
    editFile: none('edit'),
    deleteFile: none('deletion'),
  }
  return {
    config: { ...defaultConfig(), merge: { ...defaultConfig().merge, method: 'merge' } },
    facts: {
      text: '',
      language: 'none',
      framework: null,
      commands: [],
      instructions: '',
      styleGuide: '',
      warnings: [],
      refused: null,
    },
    baseSha: '',
    branch,
    target,
    mainBranch: target,
    mirror,
    workspace: () => workspace,
    diffBefore: diff,
    commitDiffs: async () =>
      mustGit(mirror, ['log', '-p', '--format=', `${await base()}..${await head()}`, '--']),
    changed: async () => [],
    install: none('installation'),
    suite: async () => null,
    lint: async () => null,
    types: async () => null,
    map: async () => '',
    readBase: async () => null,
    testsNear: async () => [],
    targetTip: () => tipOf(target),
    adopt: async () => null,
    remove: async () => {},
  }
}
