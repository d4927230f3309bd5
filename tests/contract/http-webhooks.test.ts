import { createHash } from 'node:crypto'
import { eq } from 'drizzle-orm'
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { routes } from '@/app/api/openapi.json/routes'
import { auditLog, repositories, webhookDeliveries } from '@/drizzle/schema'
import { newId } from '@/lib/db/ids'
import { type Runtime, setRuntime } from '@/lib/runtime'
import { describeDrivers } from '../support/database'
import { example, SECRET, signed } from '../support/github-webhooks'
import { type Call, type Sent, serve } from '../support/http'

vi.hoisted(() => Object.assign(process.env, { GITHUB_WEBHOOK_SECRET: "It's a Secret to Everybody" }))

const POST = routes['/api/webhooks/github']?.POST

describeDrivers((open) => {
  let runtime: Runtime
  let call: Call
  beforeAll(async () => {
    ;({ runtime, call } = await serve(await open()))
    await db().insert(repositories).values({
      id: newId(),
      name: 'codertocat/hello-world',
      forge: 'github',
      source: 'https://github.com/codertocat/hello-world.git',
      defaultBranch: 'main',
    })
  })
  beforeEach(() => setRuntime(runtime))
  afterAll(async () => {
    await runtime.events.close()
    setRuntime(null)
  })
  const db = () => runtime.database.db
  const post = (sent: Sent) => call(POST, sent)
  let told = 0
  /** Of GitHub's events no two say the same. */
  const news = (event: string, action: string | null, changes: Record<string, unknown> = {}) => {
    told += 1
    return example(event, action, { ...changes, told })
  }
  const kept = () => db().select().from(webhookDeliveries)
  const one = async (delivery: string) =>
    (await db().select().from(webhookDeliveries).where(eq(webhookDeliveries.delivery, delivery)))[0]

  describe('who is not GitHub', () => {
    test('learns nothing, whatever else is wrong with it, and leaves nothing', async () => {
      const right = await signed('issues', example('issues', 'opened'))
      const other = await signed('issues', example('issues', 'opened'), { secret: `${SECRET}!` })
      const headers = { ...right.headers }
      const without = (name: string) =>
        Object.fromEntries(Object.entries(headers).filter(([key]) => key !== name))
      const signature = headers['x-hub-signature-256'] ?? ''
      const wrong: Sent[] = [
        other,
        { ...right, body: `${right.body} ` },
        { ...right, body: '' },
        { ...right, headers: without('x-hub-signature-256') },
        {
          ...right,
          headers: { ...without('x-hub-signature-256'), 'x-hub-signature': `sha1=${'0'.repeat(40)}` },
        },
        { ...other, headers: { 'x-hub-signature-256': 'x' } },
        { ...right, token: runtime.token, headers: without('x-hub-signature-256') },
        ...[
          '',
          'sha256=',
          signature.slice(0, -1),
          `${signature}0`,
          signature.replace('sha256', 'sha1'),
          signature.toUpperCase(),
        ].map((text) => ({ ...right, headers: { ...headers, 'x-hub-signature-256': text } })),
      ]
      for (const sent of wrong) {
        const { status, json } = await post(sent)
        expect([status, json.code, json.detail]).toEqual([401, 'unauthorized', 'Unauthorized.'])
        expect(json).not.toHaveProperty('mend')
        expect(json).not.toHaveProperty('place')
      }
      expect(await kept()).toEqual([])
    })

    test('is audited once a minute, however often it knocks', async () => {
      const wrong = await signed('ping', example('ping', null), { secret: 'another secret of 26 letters' })
      await Promise.all(Array.from({ length: 10 }, () => post(wrong)))
      const noted = await db().select().from(auditLog).where(eq(auditLog.action, 'webhook.refused'))
      expect(noted.map(({ data }) => data)).toEqual([{ path: '/api/webhooks/github' }])
    })

    test('costs the database nothing for the rest of that minute', async () => {
      let asked = 0
      const counted = new Proxy(runtime.database, {
        get(target, name, self) {
          if (name === 'db') asked += 1
          return Reflect.get(target, name, self)
        },
      })
      setRuntime({ ...runtime, database: counted })
      const wrong = await signed('ping', example('ping', null), { secret: 'another secret of 26 letters' })
      for (let knock = 0; knock < 10; knock += 1) expect((await post(wrong)).status).toBe(401)
      expect(asked).toBe(1)
    })

    test('bytes that are no text are not what was signed', async () => {
      const sent = await signed('ping', '{"zen":"\uFFFD"}')
      const body = Buffer.from('{"zen":"\xff"}', 'latin1')
      const request = new Request('http://127.0.0.1:4280/api/webhooks/github', {
        method: 'POST',
        headers: { host: '127.0.0.1:4280', ...sent.headers },
        body,
      })
      expect((await POST?.(request))?.status).toBe(401)
    })

    test('a foreign host is refused, and so is what is too large, before anything is computed', async () => {
      const right = await signed('ping', example('ping', null))
      expect((await post({ ...right, headers: { ...right.headers, host: 'evil.example' } })).status).toBe(403)
      const { status, json } = await post({ ...right, body: 'x'.repeat(2 * 1024 * 1024 + 1) })
      expect([status, json.code]).toEqual([413, 'too_large'])
      expect(json.mend).toContain('Issues and Workflow runs')
    })
  })

  describe('what GitHub would not send', () => {
    test('GitHub’s own example of a signature is right, and what it signs is no event', async () => {
      // docs.github.com, "Validating webhook deliveries".
      const { status, json } = await post({
        method: 'POST',
        token: null,
        body: 'Hello, World!',
        headers: {
          'x-hub-signature-256': 'sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17',
        },
      })
      expect([status, json.code, json.place]).toEqual([400, 'bad_request', 'X-GitHub-Event'])
    })

    test.each(['x-github-event', 'x-github-delivery'])('without or with a strange %s', async (name) => {
      const right = await signed('ping', example('ping', null))
      const others = Object.fromEntries(Object.entries(right.headers ?? {}).filter(([key]) => key !== name))
      for (const headers of [others, { ...others, [name]: 'a b' }, { ...others, [name]: 'x'.repeat(200) }]) {
        const { status, json } = await post({ ...right, headers })
        expect([status, String(json.place).toLowerCase()]).toEqual([400, name])
      }
    })

    test.each([
      ['nothing but a bracket', '{'],
      ['a list', '[]'],
      ['a number', '7'],
      ['a repository that is a text', '{"repository":"x"}'],
      ['an action that is a number', '{"action":7}'],
    ])('%s', async (_name, body) => {
      const { status, json } = await post(await signed('issues', body))
      expect([status, json.code]).toEqual([400, 'bad_request'])
      expect(json.mend).toBeTruthy()
    })

    test('another content type, and a form without its field', async () => {
      const right = await signed('ping', example('ping', null))
      const { json } = await post({ ...right, headers: { ...right.headers, 'content-type': 'text/plain' } })
      expect([json.status, json.place]).toEqual([400, 'Content-Type'])
      const empty = await signed('ping', 'x=1')
      const form = { ...empty.headers, 'content-type': 'application/x-www-form-urlencoded' }
      expect((await post({ ...empty, headers: form })).json.detail).toContain('begins with `payload`')
    })

    test('what is signed says what it is: a header that says otherwise changes nothing of it', async () => {
      const evil = encodeURIComponent('{"action":"opened","repository":{"full_name":"evil/repo"}}')
      const text = JSON.stringify({ zen: `&payload=${evil}&`, action: 'created' })
      const kinds = ['application/json', 'application/x-www-form-urlencoded'] as const
      const as = (sent: Sent, type: string) => ({
        ...sent,
        headers: { ...sent.headers, 'content-type': type },
      })
      const json = await signed('issues', text)
      const form = await signed('issues', text, { form: true })
      for (const sent of [as(json, kinds[1]), as(form, kinds[0]), as(json, ''), as(form, 'text/plain')]) {
        const answer = await post(sent)
        expect([answer.status, answer.json.place]).toEqual([400, 'Content-Type'])
      }
      const rows = await kept()
      expect(rows.filter(({ repositoryName }) => repositoryName === 'evil/repo')).toEqual([])
      expect((await post(as(json, 'application/json; charset=utf-8'))).status).toBe(202)
    })
  })

  describe('what GitHub sends', () => {
    test('is kept once, with its names, and answered with what becomes of it', async () => {
      const sent = await signed('issues', news('issues', 'opened'), { delivery: 'd-1' })
      const first = await post(sent)
      expect([first.status, first.json]).toEqual([
        202,
        { id: expect.any(String), status: 'waiting', duplicate: false },
      ])
      const again = await post(sent)
      expect([again.status, again.json]).toEqual([202, { ...first.json, duplicate: true }])
      expect(await one('d-1')).toMatchObject({
        source: 'github',
        event: 'issues',
        action: 'opened',
        repositoryName: 'Codertocat/Hello-World',
        repositoryId: expect.any(String),
        status: 'waiting',
        attempts: 0,
      })
    })

    test('what was said before is the same under another number, which nobody has signed', async () => {
      const payload = news('issues', 'opened')
      const { json } = await post(await signed('issues', payload, { delivery: 'd-said' }))
      const again = await post(await signed('issues', payload, { delivery: 'd-said-again' }))
      expect([json.duplicate, again.status, again.json]).toEqual([false, 202, { ...json, duplicate: true }])
      expect(await one('d-said-again')).toBeUndefined()
      expect((await one('d-said'))?.digest).toBe(
        createHash('sha256').update(JSON.stringify(payload)).digest('hex'),
      )
      // By the bytes: what is signed anew and says the same in other letters is another.
      const spaced = await signed('issues', JSON.stringify(payload, null, 1), { delivery: 'd-spaced' })
      expect((await post(spaced)).json.duplicate).toBe(false)
    })

    test('a hundred at once are one', async () => {
      const sent = await signed('issues', news('issues', 'labeled'), { delivery: 'd-100' })
      const all = await Promise.all(Array.from({ length: 100 }, () => post(sent)))
      expect(new Set(all.map(({ status }) => status))).toEqual(new Set([202]))
      expect(all.filter(({ json }) => json.duplicate === false)).toHaveLength(1)
      expect(new Set(all.map(({ json }) => json.id)).size).toBe(1)
    })

    test('as a form, too', async () => {
      const sent = await signed('issues', news('issues', 'opened'), { form: true, delivery: 'd-form' })
      expect((await post(sent)).status).toBe(202)
      expect((await one('d-form'))?.repositoryName).toBe('Codertocat/Hello-World')
    })

    test('what can start nothing is settled at once, with the reason', async () => {
      const send = async (event: string, payload: unknown) => {
        const { json } = await post(await signed(event, payload, { delivery: `d-${event}` }))
        const row = await one(`d-${event}`)
        expect(row).toMatchObject({ status: json.status, dueAt: null, handledAt: expect.any(Date) })
        return [row?.status, row?.note]
      }
      expect(await send('ping', news('ping', null))).toEqual(['handled', 'GitHub reaches this installation.'])
      expect(await send('star', news('star', null))).toEqual([
        'ignored',
        expect.stringContaining('choose Issues'),
      ])
      const foreign = news('issues', 'opened', { 'repository.full_name': 'nobody/knows' })
      expect(await send('issues', foreign)).toEqual([
        'ignored',
        expect.stringContaining('nobody/knows is no repository of this installation'),
      ])
    })

    test('keys are redacted before it is kept; NUL, lone surrogates are taken, endless depth is not', async () => {
      const key = `ghp_${'a1B2'.repeat(9)}`
      const odd = news('issues', 'opened', {
        'issue.body': `${key} \u0000 \ud800 ${SECRET}`,
        'issue.title': '\u0000'.repeat(3),
        'k\u0000ey': 1,
      })
      expect((await post(await signed('issues', odd, { delivery: 'd-odd' }))).status).toBe(202)
      const payload = (await one('d-odd'))?.payload ?? ''
      expect(payload).not.toContain(key)
      expect(payload).not.toContain(SECRET)
      expect(JSON.parse(payload)).toHaveProperty('issue.number', 1)
      const deep = `{"x":${'['.repeat(20_000)}${']'.repeat(20_000)}}`
      expect((await post(await signed('star', deep))).json).toMatchObject({
        status: 400,
        code: 'bad_request',
      })
    })
  })
})
