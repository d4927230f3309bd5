import { expect, test } from 'vitest'
import { sessionCookieName } from '@/lib/auth/cookie'

const local = { DEVPILOT_URL: undefined, DEVPILOT_PORT: 4280, VERCEL: false }

test.each([
  ['a server of this machine', local, 'next-auth.session-token-4280'],
  ['one beside it, a demo’s', { ...local, DEVPILOT_PORT: 34_973 }, 'next-auth.session-token-34973'],
  [
    'servers behind one address, whatever their own ports',
    { ...local, DEVPILOT_PORT: 4281, DEVPILOT_URL: 'https://devpilot.example' },
    '__Secure-next-auth.session-token',
  ],
  ['an address with a port', { ...local, DEVPILOT_URL: 'http://[::1]:81' }, 'next-auth.session-token-81'],
  ['functions', { ...local, VERCEL: true }, '__Secure-next-auth.session-token'],
])('the session’s cookie of %s', (_whose, env, name) => {
  expect(sessionCookieName(env)).toBe(name)
})
