import { chmodSync, mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { encode } from 'next-auth/jwt'
import { expect, test } from 'vitest'
import { cookieSecret, openSession, sealSession } from '@/lib/auth/cookie'
import { checkHost } from '@/lib/auth/host'
import { openBrowser, sealBrowser } from '@/lib/auth/known-browser'
import { installationToken, sameSecret } from '@/lib/auth/token'
import { ownPath } from '@/lib/core/own-path'
import { checkPassword, hashPassword, newPassword } from '@/lib/services/users/password'

const home = () => join(mkdtempSync(join(tmpdir(), 'devpilot-auth-')), 'home')

test('a configured token that can be guessed is refused; another one is taken as it is', () => {
  expect(() => installationToken(home(), 'short')).toThrow(/shorter than 16/)
  expect(installationToken(home(), 'a long enough phrase')).toEqual({
    token: 'a long enough phrase',
    made: false,
  })
})

test('a damaged file is an error that names it', () => {
  const folder = mkdtempSync(join(tmpdir(), 'devpilot-auth-'))
  writeFileSync(join(folder, 'token'), '\n')
  expect(() => installationToken(folder)).toThrow(join(folder, 'token'))
})

test('the first start makes 32 random bytes that only the owner can read; later ones read them', () => {
  const folder = home()
  const first = installationToken(folder)
  expect(first.made).toBe(true)
  expect(Buffer.from(first.token, 'base64url')).toHaveLength(32)
  expect(statSync(join(folder, 'token')).mode & 0o777).toBe(0o600)
  expect(installationToken(folder)).toEqual({ token: first.token, made: false })
  expect(readdirSync(folder)).toEqual(['token'])
  expect(installationToken(home()).token).not.toBe(first.token)
})

test('a file that others could read is closed again', () => {
  const folder = home()
  const { token } = installationToken(folder)
  chmodSync(join(folder, 'token'), 0o644)
  expect(installationToken(folder).token).toBe(token)
  expect(statSync(join(folder, 'token')).mode & 0o777).toBe(0o600)
  expect(readFileSync(join(folder, 'token'), 'utf8').trim()).toBe(token)
})

test('a cookie names its session, sealed with its secret, and holds nothing of either', async () => {
  const secret = cookieSecret('the token of this installation', {})
  const value = await sealSession('01890a5d-ac96-774b-bcce-b302099a8057', secret)
  expect(await openSession(value, secret)).toBe('01890a5d-ac96-774b-bcce-b302099a8057')
  expect(value).not.toContain('01890a5d')
  expect(await openSession(undefined, secret)).toBeNull()
  expect(await openSession('x'.repeat(10_000), secret)).toBeNull()
  for (const other of ['the token of this installation.', 'another token'])
    expect(await openSession(value, cookieSecret(other, {}))).toBeNull()
  expect(cookieSecret('a', { NEXTAUTH_SECRET: 'given' })).toBe('given')
  await fc.assert(
    fc.asyncProperty(fc.nat(value.length - 1), fc.constantFrom(...'0aZ_-.'), async (at, sign) => {
      const changed = value.slice(0, at) + sign + value.slice(at + 1)
      // The last sign of base64url may stand for the same bytes.
      return changed === value || at === value.length - 1 || (await openSession(changed, secret)) === null
    }),
  )
})

test('a cookie of another kind, signed but not sealed, expired or without a session is none', async () => {
  const secret = cookieSecret('the token of this installation', {})
  const none = 'eyJhbGciOiJub25lIn0.eyJzaWQiOiIxIn0.'
  const expired = await encode({ token: { sid: 'x' }, secret, maxAge: -60 })
  const empty = await encode({ token: { sub: 'x' }, secret, maxAge: 60 })
  const number = await encode({ token: { sid: 7 }, secret, maxAge: 60 })
  for (const value of [none, expired, empty, number, 'v1.9999999999.AAAA'])
    expect(await openSession(value, secret)).toBeNull()
})

test('a browser is known by its own cookie, which is no session', async () => {
  const secret = cookieSecret('the token of this installation', {})
  const browser = { id: '01890a5d-ac96-774b-bcce-b302099a8057', email: 'ada@example.com' }
  const value = await sealBrowser(browser, secret)
  expect(await openBrowser(value, secret)).toEqual(browser)
  expect(value).not.toContain('ada')
  expect(await openSession(value, secret)).toBeNull()
  expect(await openBrowser(await sealSession(browser.id, secret), secret)).toBeNull()
  expect(await openBrowser(value, cookieSecret('another token', {}))).toBeNull()
  for (const none of [undefined, '', 'x'.repeat(10_000)]) expect(await openBrowser(none, secret)).toBeNull()
})

test.each([
  '//evil',
  '/\\evil',
  '\\\\evil',
  'https://evil',
  'https:evil',
  'javascript:alert(1)',
  '/x/..//evil',
  '/\t/evil',
  '/\n//evil',
  ' /runs',
  '/%5cevil\\',
  'runs',
  '',
  null,
  '/\u200b',
])('after signing in nobody is sent to %j', (next) => expect(ownPath(next)).toBe('/'))

test.each(['/', '/runs/1?step=2#turn-3', '/timeline?q=a%20b', '/x/../gates', '/%2F%2Fevil'])(
  'but to our own %s',
  (next) => expect(ownPath(next)).toBe(next === '/x/../gates' ? '/gates' : next),
)

test('a password is kept with its parameters, and only it opens', async () => {
  const hash = await hashPassword('correct horse')
  expect(hash).toMatch(/^scrypt\$32768\$8\$3\$/)
  expect(await checkPassword('correct horse', hash)).toBe(true)
  for (const wrong of ['correct horse ', 'x'.repeat(100_000)])
    expect(await checkPassword(wrong, hash)).toBe(false)
  for (const none of [null, 'plain', 'scrypt$2$8$1$AAAA$AAAA'])
    expect(await checkPassword('correct horse', none)).toBe(false)
  // One letter, or a letter and its accent.
  expect(await checkPassword('caf\u00e9 au lait', await hashPassword('cafe\u0301 au lait'))).toBe(true)
  expect(newPassword.safeParse('short').success).toBe(false)
  expect(newPassword.safeParse('aaaaaaaaaaaaaaaa').success).toBe(false)
  expect(newPassword.safeParse('x'.repeat(201)).success).toBe(false)
  expect(newPassword.safeParse('ten letters').success).toBe(true)
})

test('secrets are compared whole', () => {
  fc.assert(fc.property(fc.string(), fc.string(), (a, b) => sameSecret(a, b) === (a === b)))
})

test('the public address is ours where it is named, and nowhere else', () => {
  expect(() => checkHost('pilot.example', ['https://pilot.example'])).not.toThrow()
  expect(() => checkHost('other.example', ['https://pilot.example'])).toThrow(/loopback/)
  expect(() => checkHost('pilot.example', [])).toThrow(/loopback/)
  expect(() => checkHost(null, ['https://pilot.example'])).toThrow(/loopback/)
  expect(() => checkHost('127.0.0.1@evil.example', [])).toThrow(/loopback/)
})
