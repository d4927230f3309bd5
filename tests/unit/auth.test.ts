import { chmodSync, mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { checkHost } from '@/lib/auth/host'
import { isSession, sessionValue } from '@/lib/auth/session-value'
import { installationToken, sameSecret } from '@/lib/auth/token'

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

test('a session is its token’s own, for 30 days, and holds nothing of the token', () => {
  const token = 'the token of this installation'
  const begun = new Date('2026-11-20T12:00:00Z')
  const value = sessionValue(token, begun)
  const after = (days: number) => new Date(begun.getTime() + days * 24 * 3600 * 1000)
  expect(isSession(value, token, after(29.9))).toBe(true)
  expect(isSession(value, token, after(30.1))).toBe(false)
  expect(isSession(value, `${token}.`, after(1))).toBe(false)
  expect(isSession(undefined, token, begun)).toBe(false)
  expect(value).not.toContain(token)
  fc.assert(
    fc.property(fc.nat(value.length - 1), fc.constantFrom(...'0aZ_-.'), (at, sign) => {
      const changed = value.slice(0, at) + sign + value.slice(at + 1)
      return changed === value || !isSession(changed, token, after(1))
    }),
  )
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
