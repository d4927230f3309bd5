import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { readNoFollow } from '@/lib/workspace/safe-read'

const base = mkdtempSync(join(tmpdir(), 'devpilot-read-'))
const root = join(base, 'workspace')
mkdirSync(join(root, 'a/b'), { recursive: true })
writeFileSync(join(root, 'a/b/file "é.txt'), 'inside')
writeFileSync(join(base, 'outside'), 'outside')
symlinkSync('/etc/shadow', join(root, 'shadow'))
symlinkSync('/etc', join(root, 'etc'))
symlinkSync('b', join(root, 'a/link'))
symlinkSync('nowhere', join(root, 'dangling'))
execFileSync('mkfifo', [join(root, 'fifo')])
afterAll(() => rmSync(base, { recursive: true, force: true }))

describe('readNoFollow', () => {
  it.each(['../outside', '/etc/passwd', 'a/../../outside', '', '.', 'a\0b'])(
    'refuses the path %j',
    async (path) => {
      await expect(readNoFollow({ root, path })).rejects.toMatchObject({ code: 'bad_request' })
    },
  )

  it.each(['shadow', 'etc/passwd', 'a/link/file "é.txt', 'dangling', 'fifo', 'a', 'a/b/file "é.txt/x'])(
    'refuses %j: a link, a FIFO or a folder',
    async (path) => {
      await expect(readNoFollow({ root, path })).rejects.toMatchObject({ code: 'forbidden' })
    },
  )

  it('refuses a device', async () => {
    await expect(readNoFollow({ root: '/dev', path: 'zero' })).rejects.toMatchObject({ code: 'forbidden' })
  })

  it('says that a file is missing or too large', async () => {
    await expect(readNoFollow({ root, path: 'a/none' })).rejects.toMatchObject({ code: 'not_found' })
    await expect(readNoFollow({ root, path: 'a/b/file "é.txt', maxBytes: 5 })).rejects.toMatchObject({
      code: 'too_large',
    })
  })

  it('reads a regular file', async () => {
    expect((await readNoFollow({ root, path: './a/b/file "é.txt', maxBytes: 6 })).toString()).toBe('inside')
  })
})
