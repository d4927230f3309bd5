import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { AppError } from '@/lib/errors'
import { hasCommit } from '@/lib/workspace/git/bundle'
import { fetchCommit, fetchKept, type KeptAt, pushKept, removeKept } from '@/lib/workspace/git/kept-refs'
import { commit, git, makeMirror, temporary } from '../support/forge-repositories'
import { freePort } from '../support/port'
import { requires } from '../support/require'

const daemon = join(execFileSync('git', ['--exec-path'], { encoding: 'utf8' }).trim(), 'git-daemon')
const able = requires('git-daemon', existsSync(daemon))
const run = '01890a5d-ac96-774b-bcce-b302099a8057'
const keep = (
  at: KeptAt,
  kept: { readonly turn: number; readonly baseSha: string; readonly headSha: string },
  beforeWrite = async () => {},
  doneSha: string | null = null,
) => pushKept(at, { id: run, doneSha, ...kept }, beforeWrite)

describe.skipIf(!able)('refs of a run beside the branches of a repository', () => {
  const folder = temporary()
  let server: ChildProcess
  let port = 0
  beforeAll(async () => {
    port = await freePort()
    const args = ['daemon', '--export-all', '--enable=receive-pack', '--reuseaddr', '--listen=127.0.0.1']
    server = spawn('git', [...args, `--port=${port}`, `--base-path=${folder.path}`, folder.path])
    for (let tries = 0; tries < 100 && !(await answers(port)); tries += 1) await sleep(50)
  })
  afterAll(() => {
    server.kill()
    folder.clean()
  })

  let made = 0
  /** A mirror and the repository that it is of, once as a folder and once over the network. */
  const place = (how: 'a folder' | 'the network') => {
    made += 1
    const name = `source-${made}.git`
    const source = makeMirror(join(folder.path, name), { 'a.txt': 'one\n' })
    const mirror = join(folder.path, `mirror-${made}.git`)
    git(folder.path, ['clone', '--quiet', '--bare', source, mirror])
    const url = how === 'a folder' ? source : `git://127.0.0.1:${port}/${name}`
    const at: KeptAt = { mirror, source: url, header: undefined }
    const baseSha = git(source, ['rev-parse', 'main'])
    const refs = () =>
      git(source, ['for-each-ref', '--format=%(refname:lstrip=4) %(objectname)', 'refs/devpilot'])
    const next = (text: string) =>
      commit(mirror, { branch: `devpilot/x-${made}`, from: baseSha, files: { 'a.txt': text } })
    return { source, at, baseSha, refs, next }
  }

  describe.each(['a folder', 'the network'] as const)('in %s', (how) => {
    it('are kept, had from there by another mirror, and removed; each a second time for nothing', async () => {
      const { source, at, baseSha, refs, next } = place(how)
      const headSha = next('two\n')
      for (let time = 0; time < 2; time += 1) await keep(at, { turn: 1, baseSha, headSha })
      expect(refs().split('\n')).toEqual([`0 ${baseSha}`, `1 ${headSha}`, `head ${headSha}`])
      expect(git(source, ['for-each-ref', '--format=%(refname)', 'refs/heads'])).toBe('refs/heads/main')
      const other = { ...at, mirror: `${at.mirror}.other` }
      git(folder.path, ['clone', '--quiet', '--bare', '--no-local', source, other.mirror])
      expect(await hasCommit(other.mirror, headSha)).toBe(false)
      await fetchKept(other, run)
      expect(await hasCommit(other.mirror, headSha)).toBe(true)
      for (let time = 0; time < 2; time += 1) await removeKept(at, run)
      expect(refs()).toBe('')
      await fetchKept(other, 'of-nobody')
    })

    it('a turn that was never recorded makes way', async () => {
      const { at, baseSha, refs, next } = place(how)
      await keep(at, { turn: 1, baseSha, headSha: next('lost\n') })
      const headSha = next('again\n')
      await keep(at, { turn: 1, baseSha, headSha })
      expect(refs().split('\n')).toEqual([`0 ${baseSha}`, `1 ${headSha}`, `head ${headSha}`])
    })

    it('a worker that sleeps before its last look at the lease moves nothing of its heir', async () => {
      const { at, baseSha, refs, next } = place(how)
      const heirs = next('heir\n')
      await keep(at, { turn: 1, baseSha, headSha: heirs })
      const before = refs()
      const lost = new AppError('lease_lost', 'Another worker has this run now.')
      const late = keep(at, { turn: 1, baseSha, headSha: next('late\n') }, () => Promise.reject(lost))
      await expect(late).rejects.toBe(lost)
      expect(refs()).toBe(before)
    })

    it('a worker that sleeps after its last look at the lease moves nothing of its heir', async () => {
      const { at, baseSha, refs, next } = place(how)
      await keep(at, { turn: 1, baseSha, headSha: next('lost\n') })
      const heirs = next('heir\n')
      const late = keep(at, { turn: 1, baseSha, headSha: next('late\n') }, () =>
        keep(at, { turn: 1, baseSha, headSha: heirs }),
      )
      await expect(late).rejects.toMatchObject({ code: 'conflict', transient: true })
      expect(refs().split('\n')).toEqual([`0 ${baseSha}`, `1 ${heirs}`, `head ${heirs}`])
    })

    it('a commit that is recorded never makes way for one that is not built on it', async () => {
      const { at, baseSha, refs, next } = place(how)
      const done = next('done\n')
      await keep(at, { turn: 1, baseSha, headSha: done })
      const before = refs()
      for (const doneSha of [done, 'f'.repeat(40)]) {
        const other = keep(at, { turn: 1, baseSha, headSha: next('other\n') }, undefined, doneSha)
        await expect(other).rejects.toMatchObject({
          code: 'conflict',
          message: expect.stringContaining(doneSha),
        })
      }
      expect(refs()).toBe(before)
      await keep(at, { turn: 1, baseSha, headSha: done }, undefined, done)
    })

    it('a commit that no branch has is had by its name, one that is nowhere is not', async () => {
      const { source, at, baseSha } = place(how)
      const other = { ...at, mirror: `${at.mirror}.empty` }
      git(folder.path, ['init', '--quiet', '--bare', other.mirror])
      git(source, ['update-ref', '-d', 'refs/heads/main'])
      expect(await fetchCommit(other, 'f'.repeat(40))).toBe(false)
      expect(await fetchCommit(other, baseSha)).toBe(true)
      expect(await hasCommit(other.mirror, baseSha)).toBe(true)
    })
  })

  it('none of the hooks of a folder run', async () => {
    const { source, at, baseSha, next } = place('a folder')
    const ran = join(folder.path, 'ran')
    for (const hook of ['pre-receive', 'post-receive', 'update', 'reference-transaction']) {
      const file = join(source, 'hooks', hook)
      execFileSync('/bin/sh', [
        '-c',
        `mkdir -p '${source}/hooks'; printf '#!/bin/sh\\ntouch ${ran}\\n' > '${file}'; chmod +x '${file}'`,
      ])
    }
    await keep(at, { turn: 1, baseSha, headSha: next('two\n') })
    expect(existsSync(ran)).toBe(false)
  })

  it('a repository that takes nothing is said with the mend', async () => {
    const { source, at, baseSha, next } = place('the network')
    git(source, ['config', 'receive.maxInputSize', '1'])
    await expect(keep(at, { turn: 1, baseSha, headSha: next('two\n') })).rejects.toMatchObject({
      code: 'forge_error',
      mend: expect.stringContaining('workspace.keep: database'),
    })
  })
})

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.end()
      resolve(true)
    })
    socket.on('error', () => resolve(false))
  })
}
