import { RequestError } from 'octokit'
import { describe, expect, it } from 'vitest'
import { AppError } from '@/lib/errors'
import { toForgeError } from '@/lib/forge/github/errors'
import { apiUrlOf, parseIssue, parseRepository, pushUrlOf } from '@/lib/forge/github/url'
import { detectForge } from '@/lib/forge/index'
import { messageWithKey } from '@/lib/forge/local/trees'
import { hasMarker, withMarker } from '@/lib/forge/marker'
import { renderTemplate } from '@/lib/forge/template'

describe('names of GitHub repositories', () => {
  it.each([
    ['acme/shop', 'github.com'],
    ['https://github.com/acme/shop', 'github.com'],
    ['https://github.com/acme/shop.git', 'github.com'],
    ['https://www.github.com/acme/shop/', 'github.com'],
    ['https://user:pass@github.com/acme/shop.git', 'github.com'],
    ['git@github.com:acme/shop.git', 'github.com'],
    ['ssh://git@ssh.github.com:443/acme/shop.git', 'github.com'],
    ['git+ssh://git@github.com/acme/shop.git', 'github.com'],
    ['https://git.example.com:8443/acme/shop.git', 'git.example.com:8443'],
    ['git@git.example.com:acme/shop.git', 'git.example.com'],
  ])('%s', (text, host) => {
    expect(parseRepository(text)).toEqual({ host, owner: 'acme', repo: 'shop' })
  })

  it('keeps dots of a name, and only takes .git off', () => {
    expect(parseRepository('git@github.com:acme/shop.js.git')).toMatchObject({ repo: 'shop.js' })
  })

  it.each([
    '',
    'acme',
    'acme/',
    '/shop',
    'acme/..',
    'acme/shop/more',
    '../shop',
    'https://github.com/acme',
    '-x/shop',
    'a b/c',
  ])('none: "%s"', (text) => {
    expect(parseRepository(text)).toBeNull()
  })

  it.each([
    ['acme/shop#42', 'github.com'],
    ['https://github.com/acme/shop/issues/42', 'github.com'],
    ['https://github.com/acme/shop/pull/42/files#diff', 'github.com'],
    ['https://git.example.com/acme/shop/issues/42?x=1', 'git.example.com'],
  ])('issue %s', (text, host) => {
    expect(parseIssue(text)).toEqual({ host, owner: 'acme', repo: 'shop', number: 42 })
  })

  it.each(['#42', '42', 'acme/shop#0', 'acme/shop#x', 'acme/shop', 'https://github.com/acme/shop/issues/'])(
    'no issue: "%s"',
    (text) => {
      expect(parseIssue(text)).toBeNull()
    },
  )

  it('says where the API and the push are', () => {
    expect(apiUrlOf('github.com')).toBe('https://api.github.com')
    expect(apiUrlOf('git.example.com')).toBe('https://git.example.com/api/v3')
    expect(pushUrlOf('https://api.github.com', 'a', 'b')).toBe('https://github.com/a/b.git')
    expect(pushUrlOf('https://git.example.com/api/v3', 'a', 'b')).toBe('https://git.example.com/a/b.git')
  })
})

describe('which forge a remote belongs to', () => {
  it.each([
    [null, 'local'],
    ['', 'local'],
    ['/srv/git/shop.git', 'local'],
    ['../shop', 'local'],
    ['C:\\work\\shop', 'local'],
    ['file:///srv/shop.git', 'local'],
    ['https://example.com/acme/shop.git', 'local'],
    ['https://notgithub.com/acme/shop', 'local'],
    ['https://example.com/github.com/shop', 'local'],
    ['https://github.com/acme', 'local'],
    ['https://github.com/acme/shop', 'github'],
    ['git@github.com:acme/shop.git', 'github'],
    ['ssh://git@ssh.github.com:443/acme/shop.git', 'github'],
    ['git@github.example.com:acme/shop.git', 'github'],
    ['https://acme.ghe.com/acme/shop', 'github'],
    ['git@gitlab.com:group/sub/shop.git', 'gitlab'],
    ['https://gitlab.example.com/group/shop.git', 'gitlab'],
  ])('%s: %s', (remote, kind) => {
    expect(detectForge(remote)).toBe(kind)
  })

  it('knows servers by the names given', () => {
    const hosts = { github: ['code.example.com'], gitlab: ['git.example.com'] }
    expect(detectForge('git@code.example.com:acme/shop.git', hosts)).toBe('github')
    expect(detectForge('https://git.example.com/acme/shop.git', hosts)).toBe('gitlab')
  })
})

describe('what GitHub refuses', () => {
  const where = { owner: 'acme', repo: 'shop', doing: 'Merging' }
  const answer = (status: number, headers: Record<string, string> = {}, data: unknown = {}) =>
    new RequestError('said', status, {
      request: { method: 'GET', url: 'https://api.github.com/x', headers: {} },
      response: { status, url: '', headers, data },
    })

  it.each([
    [401, {}, { transient: false, mend: expect.stringContaining('GITHUB_TOKEN') }],
    [
      403,
      { 'x-accepted-github-permissions': 'contents=write' },
      { mend: expect.stringContaining('contents=write') },
    ],
    [
      403,
      { 'x-accepted-oauth-scopes': 'repo', 'x-oauth-scopes': 'gist' },
      { mend: expect.stringMatching(/repo.*gist/) },
    ],
    [
      403,
      { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '1030' },
      { transient: true, retryAfterMs: 30_000 },
    ],
    [403, { 'retry-after': '7' }, { transient: true, retryAfterMs: 7000 }],
    [429, {}, { transient: true, retryAfterMs: 60_000 }],
    [404, {}, { transient: false, mend: expect.stringContaining('acme/shop') }],
    [409, {}, { transient: false }],
    [500, {}, { transient: true }],
    [503, {}, { transient: true }],
  ])('%i %j', (status, headers, expected) => {
    const error = toForgeError(answer(status, headers), where, 1_000_000)
    expect(error).toMatchObject({ code: 'forge_error', place: 'acme/shop', ...expected })
    expect(error.message).toMatch(/^Merging: /)
    expect(error.mend).toBeTruthy()
  })

  it('names the fields of a 422', () => {
    const error = toForgeError(
      answer(422, {}, { errors: [{ field: 'head', code: 'invalid' }, 'a rule'] }),
      where,
    )
    expect(error.message).toContain('"head"')
    expect(error.message).toContain('a rule')
    expect(error.transient).toBe(false)
  })

  it('gives an AppError back as it is', () => {
    const own = new AppError('conflict', 'mine')
    expect(toForgeError(own, where)).toBe(own)
  })
})

describe('markers', () => {
  it('are found by their key and by no other', () => {
    const text = withMarker('Body', 'run 1 --> x')
    expect(hasMarker(text, 'run 1 --> x')).toBe(true)
    expect(hasMarker(text, 'run 1')).toBe(false)
    expect(text.match(/-->/g)).toHaveLength(1)
  })

  it('of a quoted text do not count', () => {
    const quoted = withMarker(`> ${withMarker('x', 'theirs')}`, 'ours')
    expect([hasMarker(quoted, 'theirs'), hasMarker(quoted, 'ours')]).toEqual([false, true])
  })

  it('survive a text that is too long, without half a letter', () => {
    const text = withMarker('😀'.repeat(50_000), 'k')
    expect(text.length).toBeLessThanOrEqual(65_000)
    expect(hasMarker(text, 'k')).toBe(true)
    expect(text.isWellFormed()).toBe(true)
    expect(text).toContain('was cut')
  })
})

describe('templates', () => {
  it('take the text at their place, as it is', () => {
    expect(renderTemplate('# A\r\n{{ devpilot }}\r\nB', "cost $& $' $1")).toBe("# A\ncost $& $' $1\nB")
    expect(renderTemplate('<!-- devpilot -->', 'x')).toBe('x')
  })

  it('without a place stand below the text', () => {
    expect(renderTemplate('- [ ] tests', 'Body\n')).toBe('Body\n\n---\n\n- [ ] tests')
  })

  it.each([null, '', '  \n'])('none: %j', (template) => {
    expect(renderTemplate(template, 'Body')).toBe('Body')
  })
})

describe('the message of a merge', () => {
  it.each([
    ['', 'Merge by DevPilot\n\nDevPilot-Key: k%0A1\n'],
    ['Fix: it', 'Fix: it\n\nDevPilot-Key: k%0A1\n'],
    ['Fix\n\nText.', 'Fix\n\nText.\n\nDevPilot-Key: k%0A1\n'],
    ['Fix\n\nCo-authored-by: A <a@b>', 'Fix\n\nCo-authored-by: A <a@b>\nDevPilot-Key: k%0A1\n'],
  ])('%j', (message, expected) => {
    expect(messageWithKey(message, 'k\n1')).toBe(expected)
  })
})
