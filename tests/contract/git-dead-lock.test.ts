import { mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { AppError } from '@/lib/errors'
import { mustGit } from '@/lib/forge/git'
import { ensureMirror, mirrorPath } from '@/lib/workspace/git/mirror'
import { git as ours } from '@/lib/workspace/git/run'
import { createWorktree, restoreWorktree } from '@/lib/workspace/git/worktree'
import { openWorkspace } from '@/lib/workspace/workspace'
import { git } from '../support/forge-repositories'

let home: string
let source: string
let mirror: string
beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'devpilot-dead-lock-'))
  source = join(home, 'source')
  git(home, ['init', '--quiet', source])
  git(source, ['commit', '--quiet', '--allow-empty', '-m', 'one'])
  mirror = mirrorPath(home, source)
  await ensureMirror({ source, mirror })
})
afterAll(() => rmSync(home, { recursive: true, force: true }))

/** As a git leaves it that was killed so long ago. */
const locked = (path: string, secondsAgo: number): string => {
  const lock = join(mirror, path)
  writeFileSync(lock, '')
  const then = Date.now() / 1_000 - secondsAgo
  utimesSync(lock, then, then)
  return lock
}
const commit = (): string => {
  git(source, ['commit', '--quiet', '--allow-empty', '-m', 'more'])
  return git(source, ['rev-parse', 'HEAD'])
}

test('a lock of a ref that a killed fetch left stops no later one', async () => {
  const headSha = commit()
  locked('refs/remotes/origin/main.lock', 200)
  expect(await ensureMirror({ source, mirror })).toEqual({ headSha })
})

test('a lock of a run’s own ref, and of all refs, stops no checkout', async () => {
  const { headSha } = await ensureMirror({ source, mirror })
  const baseSha = headSha ?? ''
  const made = { mirror, root: join(home, 'files'), runId: 'run', branch: 'change', baseSha }
  await createWorktree(made)
  locked('refs/heads/change.lock', 200)
  locked('packed-refs.lock', 200)
  await createWorktree(made)
  await mustGit(mirror, ['update-ref', '-d', 'refs/heads/change'])
})

test('a lock that somebody holds is waited for', async () => {
  const headSha = commit()
  const lock = locked('refs/remotes/origin/main.lock', 0)
  setTimeout(() => rmSync(lock), 1_000)
  expect(await ensureMirror({ source, mirror })).toEqual({ headSha })
})

test('whoever is stopped waits no longer', async () => {
  commit()
  const lock = locked('refs/remotes/origin/main.lock', 0)
  const signal = AbortSignal.timeout(1_000)
  await expect(ensureMirror({ source, mirror, signal })).rejects.toMatchObject({ code: 'cancelled' })
  rmSync(lock)
})

test('nor does who was about to move the refs of a run', async () => {
  const { headSha } = await ensureMirror({ source, mirror })
  const made = { mirror, root: join(home, 'stopped'), runId: 'stopped', branch: 'stopped' }
  const worktree = await createWorktree({ ...made, baseSha: headSha ?? '' })
  const lock = locked('refs/heads/stopped.lock', 0)
  const late = [
    async (signal: AbortSignal) => {
      const workspace = openWorkspace({ worktree, signal })
      await workspace.writeFile({ path: 'a.txt', content: 'a' })
      await workspace.commit('late')
    },
    (signal: AbortSignal) => restoreWorktree({ ...worktree, ref: worktree.baseSha, signal }),
  ]
  for (const attempt of late)
    await expect(attempt(AbortSignal.timeout(1_000))).rejects.toMatchObject({
      code: 'git_error',
      transient: true,
    })
  rmSync(lock)
}, 30_000)

test('a lock in a person’s repository is theirs', async () => {
  const lock = join(source, '.git', 'refs', 'heads', 'main.lock')
  writeFileSync(lock, '')
  utimesSync(lock, 0, 0)
  await expect(mustGit(source, ['update-ref', '-d', 'refs/heads/main'])).rejects.toMatchObject({
    code: 'git_error',
    transient: true,
  })
})

test('who lost the run while a lock was waited for moves no ref and no file', async () => {
  const { headSha } = await ensureMirror({ source, mirror })
  const made = { mirror, root: join(home, 'lost'), runId: 'lost', branch: 'lost', baseSha: headSha ?? '' }
  const worktree = await createWorktree(made)
  const refs = () => git(mirror, ['for-each-ref', 'refs/heads/lost', 'refs/devpilot/runs/lost'])
  const before = refs()
  let lost = false
  const beforeWrite = async () => {
    if (lost) throw new AppError('lease_lost', 'Another worker has this run now.')
  }
  const late = [
    async () => {
      const workspace = openWorkspace({ worktree, beforeWrite })
      await workspace.writeFile({ path: 'late.txt', content: 'late' })
      await workspace.commit('late')
    },
    () => restoreWorktree({ ...worktree, ref: worktree.baseSha, beforeWrite }),
  ]
  for (const attempt of late) {
    const lock = locked('refs/heads/lost.lock', 0)
    lost = false
    setTimeout(() => {
      lost = true
      rmSync(lock)
    }, 1_000)
    await expect(attempt()).rejects.toMatchObject({ code: 'lease_lost' })
    expect(refs()).toBe(before)
  }
  // Still there: nothing was put back.
  expect(readFileSync(join(made.root, 'late.txt'), 'utf8')).toBe('late')
})

const WORDS = "Unable to create '/x/mirrors/a-0123456789ab.git/refs/heads/x.lock': File exists"

test('what a server says of a lock is not believed', async () => {
  const there = join(home, 'there.git')
  git(home, ['init', '--quiet', '--bare', there])
  const pushes = join(home, 'pushes')
  const hook = `#!/bin/sh\necho >> '${pushes}'\necho "${WORDS}"\nexit 1\n`
  writeFileSync(join(there, 'hooks', 'pre-receive'), hook, { mode: 0o755 })
  await expect(
    ours(['push', there, 'HEAD:refs/heads/x'], { cwd: source, protocols: ['file'] }),
  ).rejects.toMatchObject({ code: 'git_error' })
  expect(readFileSync(pushes, 'utf8')).toBe('\n')
})

test('a lock that is met again and again is not waited for without an end', async () => {
  const config = [['alias.locked', `!echo "fatal: ${WORDS}" >&2; exit 1`]] as const
  await expect(ours(['locked'], { cwd: source, config })).rejects.toMatchObject({ code: 'git_error' })
})
