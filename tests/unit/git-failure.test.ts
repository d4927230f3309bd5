import { expect, test } from 'vitest'
import { gitFailure } from '@/lib/workspace/git/failure'

const failed = (stderr: string) =>
  gitFailure({
    args: ['fetch'],
    options: {},
    ended: { reason: null, exitCode: 128, stdout: Buffer.alloc(0), stderr },
  })

test.each([
  ['fatal: unable to access: Could not resolve host: nowhere.example', 502, true],
  ['fatal: unable to access: Operation too slow. Less than 1 bytes/sec the last 45 seconds', 502, true],
  ["fatal: unable to access 'https://git.example/x/': Empty reply from server", 502, true],
  [
    "fatal: unable to access 'https://git.example/x/': transfer closed with 466 bytes remaining to read",
    502,
    true,
  ],
  ["fatal: unable to access 'https://git.example/x/': The requested URL returned error: 429", 502, true],
  ["fatal: unable to access 'https://git.example/x/': The requested URL returned error: 413", 502, false],
  ['gnutls_handshake() failed: The TLS connection was non-properly terminated.', 502, true],
  ['kex_exchange_identification: Connection closed by remote host', 502, true],
  ['fatal: the remote end hung up unexpectedly', 502, true],
  ['fatal: Authentication failed for https://git.example/x', 502, false],
  ["fatal: '/nothing' does not appear to be a git repository", 422, false],
  ['error: unable to write file: No space left on device', 507, false],
])('%s', (stderr, status, transient) => {
  expect(failed(stderr)).toMatchObject({ status, transient })
})

test('what git said ends like a sentence, so that a mend can follow it', () => {
  expect(failed('fatal: couldn’t find remote ref main').message).toMatch(/ref main\.$/)
  expect(failed('fatal: the end.').message).toMatch(/the end\.$/)
})

test('a git that is not installed is for the operator to mend, not for whoever asked', () => {
  const ended = { reason: 'spawn', exitCode: null, stdout: Buffer.alloc(0), stderr: '' } as const
  const error = gitFailure({
    args: ['--version'],
    options: {},
    ended: { ...ended, error: new Error('ENOENT') },
  })
  expect(error).toMatchObject({ code: 'not_configured', status: 503 })
  expect(error.mend).toContain('Install git')
})

test('a git for which the machine had no room is tried again', () => {
  const error = Object.assign(new Error('spawn git EAGAIN'), { code: 'EAGAIN' })
  const ended = { reason: 'spawn', exitCode: null, stdout: Buffer.alloc(0), stderr: '', error } as const
  expect(gitFailure({ args: ['push'], options: {}, ended })).toMatchObject({
    code: 'git_error',
    transient: true,
  })
})
