import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { eq } from 'drizzle-orm'
import { describe, expect, it } from 'vitest'
import { pullRequests, runBundles } from '@/drizzle/schema'
import { decideGate } from '@/lib/services/gates/decide'
import type { RunView } from '@/lib/services/views'
import { haveBubblewrap, pipeline, stepsOf } from '../support/pipeline'
import { userGit, writeFiles } from '../support/repos'
import { codedWell, finish, script } from '../support/small-project'

const line = pipeline()
const able = await haveBubblewrap()
const merging = (...steps: string[]) => ({ overrides: { steps } })
const quick = merging('coder', 'pr', 'gate:pre-merge-main', 'merge')

/** Approves the gate that the run waits at, and does something before any worker sees it. */
async function approvedBut(view: RunView, work: () => void | Promise<void>): Promise<RunView> {
  const { id: gate, evidence } = await line.gate(view)
  await line.still(async () => {
    await decideGate({ ctx: line.ctx, input: { gate, decision: 'approve', evidence } })
    await work()
  })
  return line.rested(view.id)
}

function committed(root: string, files: Readonly<Record<string, string>>, branch = 'main'): string {
  const back = userGit(root, 'symbolic-ref', '--short', 'HEAD')
  if (branch !== back) userGit(root, 'checkout', '-q', branch)
  writeFiles(root, files)
  userGit(root, 'add', '-A')
  userGit(root, 'commit', '-q', '-m', 'by hand')
  const sha = userGit(root, 'rev-parse', 'HEAD')
  if (branch !== back) userGit(root, 'checkout', '-q', back)
  return sha
}

describe.skipIf(!able)('an approval', () => {
  it('is asked for before a merge whatever steps the run names, and whatever its own configuration says', async () => {
    const { root } = await line.project()
    const before = userGit(root, 'rev-parse', 'main')
    const config = 'supervision: {gates: []}\n'
    const base = userGit(root, 'show', 'main:devpilot.yaml')
    const waiting = await line.run(root, { ...merging('coder', 'merge'), config: `${base}\n${config}` })
    expect([waiting.status, waiting.step]).toEqual(['waiting_gate', 'gate:pre-merge-main'])
    const typo = await line.run(root, merging('coder', 'gate:pre-merge-mian', 'merge'))
    expect([typo.status, typo.error?.code]).toEqual(['failed', 'bad_config'])
    expect(userGit(root, 'rev-parse', 'main')).toBe(before)
  })

  it('is void once its target has moved: the gate asks again, says so, and then merges', async () => {
    const { root } = await line.project()
    const waiting = await line.run(root, quick)
    const first = await line.gate(waiting)
    expect(first.baseSha).toBe(userGit(root, 'rev-parse', 'main'))
    let tip = ''
    const again = await approvedBut(waiting, () => {
      tip = committed(root, { 'NEWS.md': 'news\n' })
    })
    expect(again.status).toBe('waiting_gate')
    expect(again.detail).toContain('main has moved since')
    expect(userGit(root, 'rev-parse', 'main')).toBe(tip)
    expect(await line.gate(again)).toMatchObject({ baseSha: tip, headSha: first.headSha, approvals: 0 })
    const merged = await line.approved(again)
    expect([merged.status, merged.error]).toEqual(['succeeded', null])
    expect(userGit(root, 'show', 'main:NEWS.md')).toBe('news')
  })

  it('of every gate is void once the branch has moved, not the last one’s alone', async () => {
    const gates =
      'supervision:\n  gates: [{id: early, type: human_approval}, {id: late, type: human_approval}]\n'
    const { root } = await line.project({ config: gates })
    const early = await line.run(root, merging('coder', 'pr', 'gate:early', 'gate:late', 'merge'))
    const late = await line.approved(early)
    expect(late.step).toBe('gate:late')
    const branch = late.branch ?? ''
    const again = await approvedBut(late, () => {
      committed(root, { 'README.md': '# by hand\n' }, branch)
    })
    const seen = [again.step]
    let view = again
    while (view.status === 'waiting_gate' && seen.length < 5) {
      view = await line.approved(view)
      seen.push(view.step)
    }
    expect(seen.slice(0, 2)).toEqual(['gate:early', 'gate:late'])
    expect([view.status, view.error]).toEqual(['succeeded', null])
  })

  it('holds for one target: a pull request that goes elsewhere is not merged', async () => {
    const { root } = await line.project()
    const waiting = await line.run(root, quick)
    userGit(root, 'branch', 'side')
    const again = await approvedBut(waiting, async () => {
      await line.runtime.database.db.update(pullRequests).set({ target: 'side' })
    })
    expect(again.status).toBe('waiting_gate')
    expect(again.detail).toContain('now goes into side, not main')
    expect(userGit(root, 'rev-parse', 'side')).toBe(userGit(root, 'rev-parse', 'main'))
  })
})

describe.skipIf(!able)('a branch that people changed otherwise', () => {
  it('stops the run at its gate, with what to do', async () => {
    const { root } = await line.project()
    const waiting = await line.run(root, quick)
    const ended = await approvedBut(waiting, () => {
      const branch = `refs/heads/${waiting.branch}`
      const other = userGit(root, 'commit-tree', '-p', 'main', '-m', 'other', 'main^{tree}')
      userGit(root, 'update-ref', branch, other)
    })
    expect([ended.status, ended.error?.code]).toEqual(['failed', 'conflict'])
    expect(ended.error?.mend).toContain(waiting.headSha ?? 'no head')
  })
})

describe.skipIf(!able)('a change that carries a secret', () => {
  it('leaves for nowhere until people saw where it is, and then goes on', async () => {
    const key = ['AKIA', 'ABCDEFGHIJKLMNOP'].join('')
    const { root } = await line.project({
      script: script({
        coder: ({ turn }) =>
          turn === 0
            ? {
                calls: [
                  [
                    'edit_file',
                    { path: 'src/add.js', old_text: 'return a - b', new_text: `return a + b // ${key}` },
                  ],
                ],
              }
            : finish(codedWell),
      }),
    })
    const asking = await line.run(root, quick)
    expect([asking.status, asking.step]).toEqual(['waiting_gate', 'gate:confidence-gate'])
    expect(asking.detail).toContain('src/add.js (aws-access-key)')
    expect(asking.detail).not.toContain(key)
    expect(asking.pullRequest).toBeNull()
    expect(userGit(root, 'branch', '--list', 'devpilot/*')).toBe('')
    const on = await line.approved(asking)
    expect([on.status, on.step]).toEqual(['waiting_gate', 'gate:pre-merge-main'])
    expect(on.pullRequest?.state).toBe('draft')
  })

  it('that was taken out again is still in its history: it is held too, and says what approving does', async () => {
    const key = ['AKIA', 'ABCDEFGHIJKLMNOP'].join('')
    const edit = (old_text: string, new_text: string) => [
      ['edit_file', { path: 'src/add.js', old_text, new_text }] as const,
    ]
    const { root } = await line.project({
      script: script({
        coder: ({ turn }) => {
          if (turn === 0) return { calls: edit('return a - b', `return a + b // ${key}`) }
          return turn === 1 ? { calls: edit(` // ${key}`, '') } : finish(codedWell)
        },
      }),
    })
    const asking = await line.run(root, quick)
    expect([asking.status, asking.step]).toEqual(['waiting_gate', 'gate:confidence-gate'])
    expect(asking.detail).toContain('that its last one no longer has: src/add.js (aws-access-key)')
    expect(asking.detail).toContain('Approving pushes them with its history. Nothing was pushed.')
    expect(asking.detail).not.toContain('The change seems to carry')
    expect(userGit(root, 'branch', '--list', 'devpilot/*')).toBe('')
    const on = await line.approved(asking)
    expect([on.status, on.step]).toEqual(['waiting_gate', 'gate:pre-merge-main'])
    expect(on.pullRequest?.state).toBe('draft')
  })
})

describe.skipIf(!able)('a run whose commits are lost', () => {
  it('says so, and does not begin again at its base', async () => {
    const { root } = await line.project()
    const waiting = await line.run(root, quick)
    const ended = await approvedBut(waiting, async () => {
      await line.runtime.database.db.delete(runBundles).where(eq(runBundles.runId, waiting.id))
      rmSync(join(line.home, 'mirrors'), { recursive: true })
      rmSync(join(line.home, 'worktrees', waiting.id), { recursive: true })
      userGit(root, 'update-ref', '-d', `refs/heads/${waiting.branch}`)
    })
    expect([ended.status, ended.error?.code]).toEqual(['failed', 'repository_unusable'])
    expect(ended.error?.message).toContain(waiting.headSha ?? 'no head')
  })

  it('goes on where they came with its pushed branch', async () => {
    const { root } = await line.project()
    const waiting = await line.run(root, quick)
    const merged = await approvedBut(waiting, async () => {
      await line.runtime.database.db.delete(runBundles).where(eq(runBundles.runId, waiting.id))
      rmSync(join(line.home, 'mirrors'), { recursive: true })
      rmSync(join(line.home, 'worktrees', waiting.id), { recursive: true })
    })
    expect([merged.status, merged.error]).toEqual(['succeeded', null])
    expect(userGit(root, 'show', 'main:src/add.js')).toContain('a + b')
  })
})

describe.skipIf(!able)('a run that finished its steps', () => {
  it('has each effect outside on record', async () => {
    const { root } = await line.project()
    const merged = await line.approved(await line.run(root, quick))
    expect([merged.status, stepsOf(merged).at(-1)]).toEqual(['succeeded', 'merge'])
    const done = await line.runtime.database.db.query.effects.findMany()
    const kinds = done.filter((one) => one.runId === merged.id && one.doneAt !== null).map((one) => one.kind)
    expect(kinds).toEqual(expect.arrayContaining(['push', 'pull_request', 'ready', 'merge']))
  })
})
