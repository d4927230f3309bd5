import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { openDatabase } from '@/lib/db/client'
import { lockFolder } from '@/lib/db/lock'
import { packageRoot } from '@/lib/root'

const made: string[] = []
let folder = ''
beforeEach(() => {
  made.push(mkdtempSync(join(tmpdir(), 'devpilot-lock-')))
  folder = join(made.at(-1) ?? '', 'db')
})
afterAll(() => {
  for (const path of made) rmSync(path, { recursive: true, force: true })
})

/** A process that takes the lock, says so, and keeps it until it is told otherwise. */
const taker = `
  import { lockFolder } from '@/lib/db/lock'
  try { lockFolder(process.argv[1]); process.stdout.write('held\\n'); setTimeout(() => {}, 600_000) }
  catch (error) { process.stdout.write('refused ' + error.message + '\\n') }`

function take(): { said: Promise<string>; kill: () => Promise<void> } {
  const args = ['--import', './cli/loader.mjs', '--input-type=module', '-e', taker, folder]
  const child = spawn(process.execPath, args, { cwd: packageRoot(), stdio: ['ignore', 'pipe', 'inherit'] })
  const said = new Promise<string>((resolve) => child.stdout.once('data', (chunk) => resolve(String(chunk))))
  const closed = new Promise<void>((resolve) => child.on('close', () => resolve()))
  return {
    said,
    kill: async () => {
      child.kill('SIGKILL')
      await closed
    },
  }
}

describe('the embedded database belongs to one process', () => {
  test('a second one is refused, and is told who has it', async () => {
    const first = take()
    expect(await first.said).toBe('held\n')
    const owner = readFileSync(`${folder}.lock`, 'utf8').split(' ')[0]
    await expect(openDatabase({ home: made.at(-1) ?? '' })).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringContaining(`Process ${owner}`),
      mend: expect.stringContaining('DATABASE_URL'),
    })
    await first.kill()
    lockFolder(folder)()
  })

  test('of many that find a dead one’s lock at once, one gets it', async () => {
    const dead = take()
    expect(await dead.said).toBe('held\n')
    await dead.kill()
    const all = Array.from({ length: 6 }, take)
    const said = await Promise.all(all.map((one) => one.said))
    expect(said.filter((text) => text === 'held\n')).toHaveLength(1)
    for (const one of all) await one.kill()
  })

  test.each([
    ['empty', ''],
    ['no number', 'garbage\n'],
    ['the id of a process that began at another time', `${process.pid} 1\n`],
    ['a process that is gone', '4194304 99\n'],
    ['a negative id', '-1 1\n'],
  ])('a lock that holds %s is taken over', (_what, text) => {
    writeFileSync(`${folder}.lock`, text)
    const release = lockFolder(folder)
    expect(readFileSync(`${folder}.lock`, 'utf8')).toContain(`${process.pid} `)
    expect(() => lockFolder(folder)).toThrow(`Process ${process.pid} already has`)
    release()
    release()
    lockFolder(folder)()
  })
})
