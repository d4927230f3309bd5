import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { NextRequest } from 'next/server'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { pagePolicy, STYLE_HASHES } from '@/lib/edge/policy'
import { packageRoot } from '@/lib/root'
import { proxy } from '@/proxy'

const hashOf = (text: string) => `sha256-${createHash('sha256').update(text).digest('base64')}`
const directive = (policy: string | null, name: string) =>
  policy
    ?.split('; ')
    .find((part) => part.startsWith(`${name} `))
    ?.slice(name.length + 1)

describe('the policy of pages', () => {
  const policy = pagePolicy({ nonce: 'abc' })

  test('scripts need the nonce, and nothing may be evaluated', () => {
    expect(directive(policy, 'script-src')).toBe("'self' 'nonce-abc' 'strict-dynamic'")
    expect(directive(policy, 'default-src')).toBe("'self'")
    expect(policy).not.toMatch(/unsafe-eval|https?:|\*/)
  })

  test('style elements need the nonce or their hash; attributes alone may be written', () => {
    expect(directive(policy, 'style-src')).not.toContain('unsafe-inline')
    expect(directive(policy, 'style-src-attr')).toBe("'unsafe-inline'")
  })

  test('the hash is of what sonner adds: put the new one into lib/edge/policy.ts', () => {
    const module = readFileSync(join(packageRoot(), 'node_modules/sonner/dist/index.mjs'), 'utf8')
    const [, text = '""'] = /__insertCSS\(("(?:[^"\\]|\\.)*")\)/.exec(module) ?? []
    expect(STYLE_HASHES).toEqual([hashOf(String(JSON.parse(text))), hashOf('')])
  })
})

describe('the headers of every answer', () => {
  beforeEach(() => {
    vi.stubEnv('DEVPILOT_URL', 'http://127.0.0.1:4280')
  })
  afterEach(() => vi.unstubAllEnvs())

  const ask = (path: string, host = '127.0.0.1:4280', headers: Record<string, string> = {}) =>
    proxy(new NextRequest(`http://${host}${path}`, { headers: { host, ...headers } }))

  test('another host is refused, with the headers all the same', () => {
    const answer = ask('/', 'evil.example')
    expect(answer.status).toBeGreaterThanOrEqual(400)
    expect(directive(answer.headers.get('content-security-policy'), 'default-src')).toBe("'none'")
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff')
  })

  test.each(['/', '/timeline?q=1', '/nothing-here', '/sign-in', '/gates/x', '/runs/x/log.json'])(
    'a page: %s',
    (path) => {
      const { headers } = ask(path)
      expect(directive(headers.get('content-security-policy'), 'script-src')).toMatch(
        /^'self' 'nonce-[\w-]{36}' 'strict-dynamic'$/,
      )
      expect(directive(headers.get('content-security-policy'), 'frame-ancestors')).toBe("'none'")
      expect(headers.get('x-frame-options')).toBe('DENY')
      expect(headers.get('referrer-policy')).toBe('no-referrer')
    },
  )

  test.each(['/api/runs', '/api/health', '/api/nothing'])('the API: %s may do nothing as a page', (path) => {
    const policy = ask(path).headers.get('content-security-policy')
    expect(directive(policy, 'default-src')).toBe("'none'")
    expect(policy).not.toContain('nonce')
  })

  test('no two answers share a nonce, and a visitor’s own is not taken', () => {
    const sent = { 'x-devpilot-nonce': 'mine', 'content-security-policy': "script-src 'nonce-mine'" }
    const policies = [ask('/'), ask('/'), ask('/', undefined, sent)].map(({ headers }) =>
      headers.get('content-security-policy'),
    )
    expect(new Set(policies).size).toBe(3)
    expect(policies.join()).not.toContain('mine')
    const told = ask('/', undefined, sent).headers.get('x-middleware-request-x-devpilot-nonce')
    expect(told).toMatch(/^[\w-]{36}$/)
  })
})
