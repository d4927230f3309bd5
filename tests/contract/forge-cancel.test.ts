import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { defaultLimits } from '@/lib/core/limits'
import { initialState } from '@/lib/core/run'
import { AppError } from '@/lib/errors'
import { createLocalForge } from '@/lib/forge/local'
import { createMemoryStore } from '@/lib/forge/local/memory-store'
import { merge } from '@/lib/steps/merge'
import type { StepContext } from '@/lib/steps/ports'
import { pr } from '@/lib/steps/pr'
import { commit, git, makeMirror, temporary } from '../support/forge-repositories'

/** A run at its merge; what it does to the forge is kept, and its lease is lost from the n-th effect on. */
function atMerge({ leaseFor = 99, aborted = false }) {
  const done: string[] = []
  let effects = 0
  const calls = ['push', 'markReady', 'openPullRequest', 'setCheck', 'merge'].map((name) => [
    name,
    async () => {
      done.push(name)
      return {
        number: 1,
        url: '/1',
        state: 'merged',
        mergeSha: 'c',
        target: 'main',
        headSha: 'b',
        branch: 'x',
      }
    },
  ])
  const pull = { number: 1, headSha: 'b', target: 'main', state: 'draft' }
  const record = {
    pullRequest: async () => pull,
    beadsOf: async () => [],
    latest: async () => null,
    reviews: async () => [],
    event: async () => undefined,
    evidence: async () => undefined,
    approvedEvidence: async () => null,
    savePullRequest: async () => {
      done.push('saved')
    },
    merged: async () => {
      done.push('merged')
    },
    async effect(_effect: unknown, make: () => Promise<unknown>) {
      effects += 1
      if (effects > leaseFor) throw new AppError('lease_lost', 'It was cancelled.')
      return make()
    },
  }
  const bench = {
    config: { merge: { method: 'squash' }, integrations: { github: { auto_label_prs: false } } },
    target: 'main',
    branch: 'x',
    mirror: '/m',
    baseSha: 'a',
    workspace: () => ({ headSha: async () => 'b', diff: async () => 'diff', commit: async () => undefined }),
    targetTip: async () => 'a',
    commitDiffs: async () => '',
    remove: async () => undefined,
  }
  const forge = { ...Object.fromEntries(calls), getPullRequest: async () => pull }
  const context: StepContext = Object.assign(Object.create(null), {
    run: {
      id: 'r',
      title: 'T',
      task: { title: 'T', body: '' },
      budgetMicros: 1,
      state: initialState(defaultLimits),
    },
    bead: { id: 'b1' },
    signal: aborted ? AbortSignal.abort() : new AbortController().signal,
    record,
    bench: async () => bench,
    forge: async () => forge,
  })
  return { context, done }
}

describe('a cancel', () => {
  it.each([merge, pr])('stops everything outside that was not begun', async (step) => {
    const stopped = atMerge({ aborted: true })
    await expect(step(stopped.context)).rejects.toMatchObject({ code: 'cancelled' })
    const fenced = atMerge({ leaseFor: 0 })
    await expect(step(fenced.context)).rejects.toMatchObject({ code: 'lease_lost' })
    expect([...stopped.done, ...fenced.done]).toEqual([])
  })

  it('that comes once the request is ready leaves it unmerged', async () => {
    const { context, done } = atMerge({ leaseFor: 2 })
    await expect(merge(context)).rejects.toMatchObject({ code: 'lease_lost' })
    expect(done).toEqual(['markReady', 'setCheck'])
  })

  it('that comes once the branch is pushed leaves it without a pull request', async () => {
    const { context, done } = atMerge({ leaseFor: 1 })
    await expect(pr(context)).rejects.toMatchObject({ code: 'lease_lost' })
    expect(done).toEqual(['push'])
  })

  it('that does not come lets both be done, and written down', async () => {
    const merging = atMerge({})
    expect((await merge(merging.context)).outcome).toEqual({ kind: 'done' })
    expect(merging.done).toEqual(['markReady', 'setCheck', 'merge', 'merged'])
    const opening = atMerge({})
    await pr(opening.context)
    expect(opening.done).toEqual(['push', 'openPullRequest', 'saved', 'setCheck'])
  })
})

describe('a cancel in the middle of a merge into a checkout', () => {
  it.each([1, 2])('before write %i leaves files and branch as they were', async (at) => {
    const folder = temporary()
    const mirror = makeMirror(join(folder.path, 'mirror.git'), { 'README.md': 'one\n' })
    const repositoryPath = join(folder.path, 'user')
    git(folder.path, ['clone', '--quiet', mirror, repositoryPath])
    const main = git(repositoryPath, ['rev-parse', 'main'])
    const headSha = commit(mirror, {
      branch: 'b',
      from: main,
      files: { 'README.md': 'two\n', 'new.txt': 'new\n' },
    })
    let asked = Number.NEGATIVE_INFINITY
    const forge = createLocalForge({
      repositoryPath,
      store: createMemoryStore(),
      urlFor: String,
      beforeWrite: async () => {
        asked += 1
        if (asked === at) throw new AppError('lease_lost', 'It was cancelled.')
      },
    })
    await forge.push({ mirror, branch: 'b', headSha })
    const opening = { key: 'k', branch: 'b', target: 'main', headSha, title: 'T', body: 'B', draft: false }
    const { number } = await forge.openPullRequest(opening)
    const request = { key: 'm', number, headSha, target: 'main', method: 'squash', message: 'M' } as const
    asked = 0
    await expect(forge.merge(request)).rejects.toMatchObject({ code: 'lease_lost' })
    expect(git(repositoryPath, ['status', '--porcelain'])).toBe('')
    expect(git(repositoryPath, ['rev-parse', 'main'])).toBe(main)
    asked = Number.NEGATIVE_INFINITY
    expect(await forge.merge(request)).toMatchObject({ state: 'merged' })
    expect(git(repositoryPath, ['show', 'HEAD:new.txt'])).toBe('new')
    expect(git(repositoryPath, ['status', '--porcelain'])).toBe('')
    folder.clean()
  })
})
