import { execFileSync } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { signalRun } from '@/lib/services/runs/signal'
import { haveBubblewrap, pipeline } from '../support/pipeline'
import { userGit } from '../support/repos'
import { requires } from '../support/require'
import { codedWell, finish, script, theEdit } from '../support/small-project'

const line = pipeline()
const small = join(line.home, 'worktrees')

/** A file system of 8 MB where the worktrees lie; only root may make one. */
function mounted(): boolean {
  mkdirSync(small, { recursive: true })
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=8m,mode=755', 'devpilot-test', small], {
      stdio: 'pipe',
    })
    return true
  } catch (error) {
    return requires('mount', false, `no file system can be mounted (${String(error).slice(0, 200)})`)
  }
}

const able = (await haveBubblewrap()) && mounted()
const filler = join(small, 'filler')

describe.skipIf(!able)('a full disk', () => {
  beforeAll(() => writeFileSync(join(small, 'probe'), 'x'))
  afterAll(() => {
    execFileSync('umount', ['--lazy', small])
  })

  const fill = () => {
    let bytes = 4 * 1024 * 1024
    const parts: Buffer[] = []
    while (bytes >= 1_024) {
      try {
        writeFileSync(filler, Buffer.concat([...parts, Buffer.alloc(bytes)]), { flag: 'w' })
        parts.push(Buffer.alloc(bytes))
      } catch {
        bytes /= 2
      }
    }
  }

  it('in prepare ends the run with what is to be done, and a retry with room goes to the end', async () => {
    const { root } = await line.project()
    fill()
    const failed = await line.run(root, { overrides: { steps: ['coder'] } })
    expect([failed.status, failed.error?.code, failed.error?.step], failed.detail).toEqual([
      'failed',
      'disk_full',
      'prepare',
    ])
    expect(failed.error?.mend).toContain('Free some space')
    rmSync(filler)
    await signalRun({ ctx: line.ctx, input: { kind: 'retry', run: failed.id } })
    const done = await line.rested(failed.id)
    expect([done.status, done.error]).toEqual(['succeeded', null])
  })

  it('in the middle of an agent keeps what it had done', async () => {
    const { root, model } = await line.project({
      script: script({
        coder: ({ turn, nth }) => {
          if (nth === 2) fill()
          if (nth === 1) return { calls: [theEdit] }
          if (nth === 2) return { calls: [['write_file', { path: 'big.txt', content: 'x'.repeat(200_000) }]] }
          return turn < 2 ? { calls: [['git_diff', {}]] } : finish(codedWell)
        },
      }),
    })
    const failed = await line.run(root, { overrides: { steps: ['coder'] } })
    expect([failed.status, failed.error?.code, failed.error?.step], failed.detail).toEqual([
      'failed',
      'disk_full',
      'coder',
    ])
    expect(failed.error?.mend).toContain('devpilot runs retry')
    rmSync(filler)
    await signalRun({ ctx: line.ctx, input: { kind: 'retry', run: failed.id } })
    const done = await line.rested(failed.id)
    expect([done.status, done.error]).toEqual(['succeeded', null])
    expect(model.asked.length).toBeGreaterThan(2)
    expect(userGit(root, 'show', `${done.branch}:src/add.js`)).toContain('a + b')
  })
})
