import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { sessions, users } from '@/drizzle/schema'
import { cookieSecret, sealSession, sessionCookieName } from '@/lib/auth/cookie'
import { keyScopes, type RoleName, roleGrants, roleNames } from '@/lib/core/access'
import type { Database } from '@/lib/db/client'
import { newId } from '@/lib/db/ids'
import type { Access, ServiceContext } from '@/lib/services/context'
import { createKey } from '@/lib/services/keys/create'
import { revokeKey } from '@/lib/services/keys/revoke'
import { accessTable, type Door } from '../support/access-table'
import { requires } from '../support/require'
import { isBuilt, startServer, TEST_TOKEN, type TestServer } from '../support/server'

/** Somebody who knocks at every door, and what opens for them. */
interface Caller {
  readonly name: string
  readonly headers: Record<string, string>
  readonly grants: readonly Access[]
  /** Keys and tokens are for routes; pages and actions look at cookies alone. */
  readonly pages: boolean
}

type Verdict = 'nobody' | 'forbidden' | 'in'

const AT_ONCE = 6

describe.skipIf(!requires('a build (next build)', isBuilt()))('who gets in where', () => {
  let server: TestServer
  const callers: Caller[] = [{ name: 'nobody', headers: {}, grants: [], pages: false }]

  beforeAll(async () => {
    server = await startServer({
      seeded: false,
      prepare: people,
      env: { CRON_SECRET: 'a-secret-of-cron-0123', GITHUB_WEBHOOK_SECRET: 'a-secret-of-github-0123' },
    })
    const name = sessionCookieName({ DEVPILOT_URL: server.url, DEVPILOT_PORT: 0, VERCEL: false })
    for (const { headers } of callers) if (headers.cookie) headers.cookie = `${name}=${headers.cookie}`
  }, 300_000)
  afterAll(() => server?.stop())

  /** A session for each role, a key for each scope, and one that was revoked. */
  async function people(database: Database): Promise<void> {
    const auth = database.as({ role: 'auth' })
    for (const role of roleNames) {
      await auth.insert(users).values({ id: role, name: role, role })
      const id = newId()
      const expiresAt = sql`now() + interval '1 hour'`
      await auth.insert(sessions).values({ id, userId: role, kind: 'password', agent: 'test', expiresAt })
      const value = await sealSession(id, cookieSecret(TEST_TOKEN, {}))
      callers.push({
        name: role,
        headers: { cookie: value },
        grants: roleGrants[role],
        pages: true,
      })
    }
    const ctx = contextOf(database, 'admin')
    for (const scope of keyScopes) {
      const { key } = await createKey({ ctx, input: { name: scope, scopes: [scope] } })
      callers.push({ name: `key: ${scope}`, headers: bearer(key), grants: [scope], pages: false })
    }
    const { key, prefix } = await createKey({ ctx, input: { name: 'revoked', scopes: [...keyScopes] } })
    await revokeKey({ ctx, input: { key: prefix } })
    callers.push({ name: 'revoked key', headers: bearer(key), grants: [], pages: false })
  }

  const bearer = (key: string) => ({ authorization: `Bearer ${key}` })
  const contextOf = (database: Database, role: RoleName): ServiceContext => ({
    db: database.as({ role, user: role }),
    actor: { kind: 'user', id: role, name: role },
    grants: roleGrants[role],
    home: '/tmp',
    singleUser: false,
    wake: () => {},
  })

  /** What the door's own access says. */
  function expected(door: Door, { grants, pages }: Caller): Verdict {
    if (door.access === 'public') return 'in'
    if (door.access === 'cron' || door.access === 'signed') return 'nobody'
    const known = door.kind === 'route' ? grants.length > 0 : pages
    if (!known) return 'nobody'
    return grants.includes(door.access) ? 'in' : 'forbidden'
  }

  /** Knocks with an input that is refused after the access was checked, so that nothing happens. */
  async function knock(door: Door, caller: Caller): Promise<Verdict> {
    const headers: Record<string, string> = { ...caller.headers, origin: server.url }
    let body: string | undefined
    if (door.kind === 'action') {
      headers['next-action'] = door.id ?? ''
      headers['content-type'] = 'text/plain;charset=UTF-8'
      body = '[7]'
    } else if (door.method !== 'GET') {
      headers['content-type'] = 'application/json'
      body = '{"no such field":1}'
    }
    const query = door.kind === 'page' ? '' : '?no-such-field=1'
    const response = await fetch(`${server.url}${door.path}${door.kind === 'action' ? '' : query}`, {
      method: door.method,
      headers,
      redirect: 'manual',
      ...(body === undefined ? {} : { body }),
    })
    if (door.kind === 'action') return verdictOfAction(await response.text())
    await response.body?.cancel()
    const { status } = response
    if (status === 401 || status === 429) return 'nobody'
    if (status === 403) return 'forbidden'
    const leadsTo = response.headers.get('location') ?? ''
    return door.kind === 'page' && leadsTo.includes('/sign-in') ? 'nobody' : 'in'
  }

  function verdictOfAction(text: string): Verdict {
    if (text.includes('"code":"unauthorized"')) return 'nobody'
    return text.includes('"code":"forbidden"') ? 'forbidden' : 'in'
  }

  test('every cell of the table', async () => {
    const doors = accessTable()
    expect(doors.filter(({ kind }) => kind === 'route').length).toBeGreaterThan(30)
    expect(doors.filter(({ kind }) => kind === 'page').length).toBeGreaterThan(12)
    expect(doors.filter(({ kind }) => kind === 'action').length).toBeGreaterThan(20)
    const cells = doors
      // Actions of who is nobody yet try to sign in, and count as tries.
      .filter((door) => !(door.kind === 'action' && door.access === 'public'))
      .flatMap((door) => callers.map((caller) => ({ door, caller })))
    const wrong: string[] = []
    const seen: Record<Verdict, number> = { nobody: 0, forbidden: 0, in: 0 }
    const work = async (): Promise<void> => {
      for (let cell = cells.pop(); cell !== undefined; cell = cells.pop()) {
        const { door, caller } = cell
        const [want, got] = [expected(door, caller), await knock(door, caller)]
        seen[got] += 1
        if (want !== got)
          wrong.push(`${door.kind} ${door.name} (${door.access}), ${caller.name}: ${got}, not ${want}`)
      }
    }
    await Promise.all(Array.from({ length: AT_ONCE }, work))
    expect(wrong).toEqual([])
    for (const verdict of ['nobody', 'forbidden', 'in'] as const) expect(seen[verdict]).toBeGreaterThan(50)
  }, 240_000)

  test('nothing of it left a trace', async () => {
    const headers = { authorization: `Bearer ${server.token}` }
    const ask = async (path: string) => (await fetch(`${server.url}${path}`, { headers })).json()
    expect((await ask('/api/runs')).items).toEqual([])
    expect((await ask('/api/repositories')).items).toEqual([])
    expect((await ask('/api/keys')).items).toHaveLength(keyScopes.length + 1)
    const said = (await ask('/api/audit?limit=200')).items.map(({ action }: { action: string }) => action)
    expect(
      said.filter((action: string) => !/^(?:key\.|(?:cron|webhook)\.refused|reconcile\.)/.test(action)),
    ).toEqual([])
  })

  test('a header that tells Next to leave the proxy out opens nothing', async () => {
    for (const name of [
      'x-middleware-subrequest',
      'x-middleware-next',
      'x-middleware-override-headers',
      'x-nextjs-data',
    ])
      for (const value of ['proxy', 'proxy:proxy:proxy:proxy:proxy', 'src/proxy', '1']) {
        const to = (path: string) =>
          fetch(`${server.url}${path}`, { headers: { [name]: value }, redirect: 'manual' })
        expect([name, value, (await to('/api/runs')).status]).toEqual([name, value, 401])
        const page = await to('/settings/members')
        expect(page.headers.get('location') ?? page.status).toMatch(/sign-in/)
      }
  })

  test('an action from another site, or without a word where it came from, does nothing', async () => {
    const door = accessTable().find(({ name }) => name === 'renameAction')
    const admin = callers.find(({ name }) => name === 'admin')
    if (!door || !admin) throw new Error('no such door')
    for (const origin of [
      { origin: 'https://evil.example' },
      { origin: 'null' },
      {},
      { 'sec-fetch-site': 'cross-site' },
    ]) {
      const response = await fetch(`${server.url}${door.path}`, {
        method: 'POST',
        headers: {
          ...admin.headers,
          ...origin,
          'next-action': door.id ?? '',
          'content-type': 'text/plain;charset=UTF-8',
        },
        body: JSON.stringify([{ name: 'forged' }]),
        redirect: 'manual',
      })
      const text = await response.text()
      expect([origin, response.status >= 400 || text.includes('"code":"forbidden"')]).toEqual([origin, true])
    }
    const headers = { authorization: `Bearer ${server.token}` }
    const said = await (await fetch(`${server.url}/api/audit?action=user.renamed`, { headers })).json()
    expect(said.items).toEqual([])
  })
})
