import { createEmulator } from 'emulate'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { chromiumPath } from '../support/browser'
import { type Dashboard, openActions, openDashboard, pressKey, signIn } from '../support/dashboard'
import { freePort } from '../support/port'
import { requires } from '../support/require'
import { isBuilt } from '../support/server'

type Emulator = Awaited<ReturnType<typeof createEmulator>>

describe.skipIf(
  !requires('a build (next build)', isBuilt()) || !requires('chromium', chromiumPath() !== undefined),
)('accounts, from the first link to a team', () => {
  let github: Emulator
  let dashboard: Dashboard
  const others: BrowserContext[] = []
  beforeAll(async () => {
    github = await createEmulator({
      service: 'github',
      port: await freePort(),
      seed: {
        github: {
          users: [
            { login: 'octo', name: 'Octo Cat' },
            { login: 'stranger', name: 'Stranger' },
            { login: 'linked', name: 'Linked' },
          ],
        },
      },
    })
    const env = {
      GITHUB_CLIENT_ID: 'Iv1.test',
      GITHUB_CLIENT_SECRET: 'secret-of-the-test',
      GITHUB_URL: github.url,
      GITHUB_API_URL: github.url,
    }
    dashboard = await openDashboard({ seeded: true, env })
  }, 300_000)
  afterAll(async () => {
    for (const other of others) await other.close()
    await dashboard?.close()
    await github?.close()
  }, 60_000)

  /** A browser of somebody else. */
  const somebody = async (): Promise<BrowserContext> => {
    const { openBrowser } = await import('../support/browser')
    const context = await openBrowser({ width: 1280, height: 900, theme: 'light' })
    others.push(context)
    return context
  }
  const go = async (context: BrowserContext | Browser, path: string): Promise<Page> => {
    const page = await context.newPage()
    await page.goto(dashboard.server.url + path)
    return page
  }
  /** The link of a new invitation, by the form. */
  const invitation = async (role: string, email = '', says = 'It works once'): Promise<string> => {
    const page = await dashboard.open('/settings/members')
    await page.getByLabel('E-mail (optional)').fill(email)
    await page.getByLabel('Role', { exact: true }).selectOption(role)
    await page.getByRole('button', { name: 'Make link' }).click()
    await page.getByText(says).waitFor()
    const link = await page.getByText('/join?code=').first().textContent()
    await page.close()
    return new URL(link ?? '').pathname + new URL(link ?? '').search
  }
  /** What went wrong, as the page says it; Next has an empty alert of its own. */
  const alertOf = (page: Page) => page.getByRole('alert').filter({ hasText: /\w/ }).first().textContent()
  const at = async (page: Page, path: string) => page.waitForURL(`${dashboard.server.url}${path}`)

  test('a viewer joins with a password, sees the record, and nothing that is for admins', async () => {
    await signIn(dashboard)
    const link = await invitation('viewer')
    const context = await somebody()
    const page = await go(context, link)
    await page.getByLabel('Name').fill('Vera')
    await page.getByLabel('E-mail').fill('vera@example.com')
    await page.getByLabel('Password').fill('a password of Vera')
    await page.getByRole('button', { name: 'Join', exact: true }).click()
    await at(page, '/')
    await page.goto(`${dashboard.server.url}/settings/profile`)
    expect(await page.getByRole('link', { name: 'Members' }).count()).toBe(0)
    const refused = await page.goto(`${dashboard.server.url}/settings/members`)
    expect(refused?.status()).toBe(403)
    expect(await page.getByRole('heading', { level: 1 }).textContent()).toContain('does not open this page')
    await page.goto(dashboard.server.url + link)
    expect(await alertOf(page)).toContain('was used')
  })

  test('she is offered nothing that is refused to her', async () => {
    const vera = others[0] ?? expect.fail('Vera is not here')
    const runs = dashboard.server.seeded?.runs ?? expect.fail('not seeded')
    const page = await go(vera, `/runs/${runs.failed}?bead=2`)
    await openActions(page)
    await page.getByRole('menuitem', { name: 'Replay' }).waitFor()
    expect(await page.getByRole('menuitem', { name: /Retry|Skip|Cancel|Fork|Put back/ }).count()).toBe(0)
    await page.keyboard.press('Escape')
    expect(await page.getByRole('button', { name: /Fork here|Retry from here/ }).count()).toBe(0)
    expect(await page.getByRole('link', { name: 'New run' }).count()).toBe(0)
    await page.goto(`${dashboard.server.url}/gates/${dashboard.server.seeded?.gates.reject}`)
    await page.getByRole('region', { name: 'Changed lines' }).getByText('Comment · Mia').waitFor()
    expect(await page.getByRole('button', { name: /^Comment/ }).count()).toBe(0)
    await page.goto(dashboard.server.url)
    await page.getByRole('link', { name: 'Look at what was given up' }).waitFor()
    expect(await page.getByRole('button', { name: /^Put back/ }).count()).toBe(0)
    await page.keyboard.press('n')
    await page.goto(`${dashboard.server.url}/repositories`)
    await page.getByRole('table', { name: 'Repositories' }).waitFor()
    expect(await page.getByRole('link', { name: 'Add a repository' }).count()).toBe(0)
    await page.close()
  })

  test('she signs in again with her password, to the page that she wanted and to no other site', async () => {
    const context = await somebody()
    const page = await go(context, '/gates')
    await page.waitForURL(/\/sign-in\?next=%2Fgates/)
    await page.getByLabel('E-mail').fill('vera@example.com')
    await page.getByLabel('Password').fill('wrong password')
    await page.getByRole('button', { name: 'Sign in', exact: true }).click()
    expect(await alertOf(page)).toContain('Address or password is wrong.')
    expect(await page.getByLabel('E-mail').inputValue()).toBe('vera@example.com')
    await page.getByLabel('Password').fill('a password of Vera')
    await page.getByRole('button', { name: 'Sign in', exact: true }).click()
    await at(page, '/gates')
    await context.clearCookies()
    for (const evil of ['//evil.example', '/\\evil.example', 'https://evil.example']) {
      await page.goto(`${dashboard.server.url}/sign-in?next=${encodeURIComponent(evil)}`)
      expect(await page.locator('input[name=next]').inputValue()).toBe('/')
    }
  })

  test('a supervisor joins with GitHub; who was not invited does not', async () => {
    const stranger = await go(await somebody(), '/sign-in')
    await stranger.getByRole('button', { name: 'Continue with GitHub' }).click()
    await stranger.getByRole('button', { name: /stranger/ }).click()
    await stranger.waitForURL(/\/sign-in\?.*error=/)
    expect(await alertOf(stranger)).toContain('Nobody has invited')
    const link = await invitation('supervisor')
    const page = await go(await somebody(), link)
    await page.getByRole('button', { name: 'Join with GitHub' }).click()
    await page.getByRole('button', { name: /octo/ }).click()
    await at(page, '/')
    await page.goto(`${dashboard.server.url}/settings/profile`)
    expect(
      (await page.getByText('Octo Cat').count()) + (await page.getByLabel('Name').inputValue()).length,
    ).toBeGreaterThan(0)
    expect(await page.locator('dd').allTextContents()).toContain('supervisor')
    // A second time, without an invitation: the account is known.
    const again = await go(await somebody(), '/sign-in')
    await again.getByRole('button', { name: 'Continue with GitHub' }).click()
    await again.getByRole('button', { name: /octo/ }).click()
    await at(again, '/')
    // Once more in the same browser: the session that its cookie no longer names has ended.
    const sessionsOf = async () => {
      await again.goto(`${dashboard.server.url}/settings/sessions`)
      return again.getByRole('list', { name: 'Sessions' }).getByRole('listitem').count()
    }
    const before = await sessionsOf()
    await again.goto(`${dashboard.server.url}/sign-in`)
    await again.getByRole('button', { name: 'Continue with GitHub' }).click()
    await again.getByRole('button', { name: /octo/ }).click()
    await at(again, '/')
    expect(await sessionsOf()).toBe(before)
  })

  test('two people who decide one gate at the same moment: one of them does, and both read who', async () => {
    const octo = others.at(-1) ?? expect.fail('Octo is not here')
    const sam = await somebody()
    const joining = await go(sam, await invitation('supervisor'))
    await joining.getByLabel('Name').fill('Sam')
    await joining.getByLabel('E-mail').fill('sam@example.com')
    await joining.getByLabel('Password').fill('a password of Sam')
    await joining.getByRole('button', { name: 'Join', exact: true }).click()
    await at(joining, '/')
    const gate = dashboard.server.seeded?.gates.hostile ?? expect.fail('not seeded')
    const pages = await Promise.all([sam, octo].map((context) => go(context, `/gates/${gate}`)))
    const answers = pages.map((page) => page.getByRole('dialog').getByRole('button', { name: /^Approve / }))
    for (const page of pages) await pressKey(page, 'a')
    await Promise.all(answers.map((answer) => answer.click()))
    const said = await Promise.all(
      pages.map((page) =>
        page
          .getByRole('status')
          .filter({ hasText: /Approved by (Sam|Octo Cat)/ })
          .first()
          .textContent(),
      ),
    )
    const [first, second] = said.map((text) => /Approved by (Sam|Octo Cat)/.exec(text ?? '')?.[1])
    expect(first).toBe(second)
    const view = await sam.request.get(`${dashboard.server.url}/api/gates/${gate}`)
    expect((await view.json()).decisions).toHaveLength(1)
    for (const page of pages) await page.close()
  })

  test('in the browser of somebody who is signed in, too, an account is linked only where that was asked for', async () => {
    const link = await invitation('viewer')
    const joining = await dashboard.open(link)
    await joining.getByRole('button', { name: 'Join with GitHub' }).click()
    await joining.getByRole('button', { name: /stranger/ }).click()
    await at(joining, '/')
    await joining.goto(`${dashboard.server.url}/settings/profile`)
    expect(await joining.locator('dd').allTextContents()).toEqual(
      expect.arrayContaining(['viewer', 'stranger']),
    )
    await joining.goto(`${dashboard.server.url}/sign-in?token=${dashboard.server.token}`)
    await at(joining, '/')
    await joining.close()
    const page = await dashboard.open('/sign-in')
    await page.getByRole('button', { name: 'Continue with GitHub' }).click()
    await page.getByRole('button', { name: /linked/ }).click()
    await page.waitForURL(/\/sign-in\?.*error=/)
    await page.goto(`${dashboard.server.url}/settings/profile`)
    expect(await page.locator('dd').allTextContents()).toEqual(
      expect.arrayContaining(['admin', 'not linked']),
    )
    await page.getByRole('button', { name: 'Link my account' }).click()
    await page.getByRole('button', { name: /linked/ }).click()
    await page.waitForURL(`${dashboard.server.url}/settings/profile`)
    await page.locator('dd', { hasText: 'linked' }).waitFor()
    await page.close()
  })

  test('a key is made, shown once, works, and is refused once revoked', async () => {
    const page = await dashboard.open('/settings/keys')
    await page.getByLabel('Name').fill('ci')
    await page.getByRole('button', { name: 'Make key' }).click()
    const key =
      (await page
        .locator('code', { hasText: /^dp_[0-9a-f]{10}_.{43}$/ })
        .first()
        .textContent()) ?? ''
    const status = async () =>
      (await fetch(`${dashboard.server.url}/api/runs`, { headers: { authorization: `Bearer ${key}` } }))
        .status
    expect(await status()).toBe(200)
    // As over plain http, where a browser has no clipboard to write to.
    await page.evaluate(() => Object.defineProperty(navigator, 'clipboard', { value: undefined }))
    await page.getByRole('button', { name: `Copy ${key}` }).click()
    await page.getByRole('button', { name: 'Copied' }).waitFor()
    await page.reload()
    expect(await page.content()).not.toContain(key)
    const revoke = async (name: string) => {
      await page.getByRole('button', { name: `Revoke ${name}` }).click()
      await page.getByRole('dialog').getByRole('button', { name: 'Revoke', exact: true }).click()
      const row = page.getByRole('listitem').filter({ hasText: name })
      await row.getByText('revoked', { exact: true }).waitFor()
    }
    await revoke('ci')
    expect(await status()).toBe(401)
    // One that is revoked while it is shown is not to be kept any more.
    await page.getByLabel('Name').fill('short lived')
    await page.getByRole('button', { name: 'Make key' }).click()
    const kept = page.getByText('Keep this key now: it is not shown again.')
    await kept.waitFor()
    await revoke('short lived')
    expect(await kept.count()).toBe(0)
    await page.close()
  })

  test('who is deactivated is out at the next click; the last admin stays', async () => {
    const vera = others[0]
    if (!vera) throw new Error('Vera is not here')
    const page = await dashboard.open('/settings/members')
    await page.getByRole('button', { name: 'Deactivate Vera' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Deactivate', exact: true }).click()
    await page.getByRole('button', { name: 'Activate Vera' }).waitFor()
    const hers = await go(vera, '/timeline')
    await hers.waitForURL(/\/sign-in/)
    const role = page.getByLabel('Role of owner')
    for (let times = 0; times < 2; times++) {
      await role.selectOption('viewer')
      await page.getByText('the last admin').waitFor()
      await expect.poll(() => role.isEnabled()).toBe(true)
      expect(await role.inputValue()).toBe('admin')
    }
    await page.getByRole('button', { name: 'Deactivate owner' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Deactivate', exact: true }).click()
    expect(await page.getByRole('dialog').getByRole('alert').textContent()).toContain('the last admin')
    await page.close()
  })

  test('she comes back with a new password by an admin’s link, and with the lost one no more', async () => {
    const says = 'a link to set a new password: Vera was deactivated, and comes back as viewer.'
    const link = await invitation('viewer', 'vera@example.com', says)
    const page = await go(await somebody(), link)
    await page.getByRole('heading', { name: 'Set a new password' }).waitFor()
    expect(await page.title()).toContain('New password')
    expect(await page.getByLabel('E-mail').inputValue()).toBe('vera@example.com')
    await page.getByLabel('New password').fill('a new one of Vera')
    await page.getByRole('button', { name: 'Set password' }).click()
    await at(page, '/')
    await page.goto(dashboard.server.url + link)
    expect(await alertOf(page)).toContain('was used')
    const lost = await go(await somebody(), '/sign-in?with=password')
    await lost.getByLabel('E-mail').fill('vera@example.com')
    await lost.getByLabel('Password').fill('a password of Vera')
    await lost.getByRole('button', { name: 'Sign in', exact: true }).click()
    expect(await alertOf(lost)).toContain('Address or password is wrong.')
  })

  test('ended sessions are signed out, and no page complained', async () => {
    const page = await dashboard.open('/settings/danger')
    await page.getByRole('button', { name: 'End all sessions' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'End all sessions' }).click()
    await page.getByRole('dialog').waitFor({ state: 'hidden' })
    await page.goto(`${dashboard.server.url}/`)
    await page.waitForURL(/\/sign-in/)
    expect(dashboard.complaints).toEqual([])
  })

  describe('next-auth’s own endpoints', () => {
    const ask = (path: string, init: RequestInit = {}) =>
      fetch(`${dashboard.server.url}/api/auth/${path}`, { redirect: 'manual', ...init })
    const cookiesOf = (response: Response) =>
      response.headers
        .getSetCookie()
        .map((one) => one.split(';')[0])
        .join('; ')
    const form = (fields: Record<string, string>, headers: Record<string, string>) => ({
      method: 'POST',
      headers: {
        origin: dashboard.server.url,
        'content-type': 'application/x-www-form-urlencoded',
        ...headers,
      },
      body: new URLSearchParams(fields).toString(),
    })

    test('without the token against forgery nobody is sent to GitHub', async () => {
      const csrf = await ask('csrf')
      const { csrfToken } = await csrf.json()
      const cookie = cookiesOf(csrf)
      const to = async (response: Response) => response.headers.get('location') ?? String(response.status)
      const right = { csrfToken, callbackUrl: '/' }
      expect(await to(await ask('signin/github', form(right, { cookie })))).toContain(
        '/login/oauth/authorize',
      )
      expect(await to(await ask('signin/github', form({ callbackUrl: '/' }, { cookie })))).not.toContain(
        'authorize',
      )
      expect(await to(await ask('signin/github', form(right, {})))).not.toContain('authorize')
      expect(
        await to(await ask('signin/github', form(right, { cookie, origin: 'https://evil.example' }))),
      ).toBe('403')
      expect(await to(await ask('signin/github', form(right, { cookie, origin: 'null' })))).toBe('403')
    })

    test('an answer of GitHub that nobody asked for signs nobody in', async () => {
      for (const query of ['code=abc', 'code=abc&state=forged', 'error=access_denied', '']) {
        const response = await ask(`callback/github?${query}`)
        expect(response.headers.get('location') ?? '').toMatch(/\/(?:sign-in|api\/auth\/error)\b/)
        expect(response.headers.getSetCookie().filter((one) => /session-token=[^;]/.test(one))).toEqual([])
      }
    })

    test('what is not needed is not there', async () => {
      for (const path of [
        'session',
        'signout',
        '_log',
        'callback/credentials',
        'callback/email',
        'verify-request',
      ])
        expect([path, (await ask(path)).status]).toEqual([path, 404])
      for (const path of ['signout', 'session', '_log', 'callback/credentials', 'signin/credentials'])
        expect([path, (await ask(path, form({}, {}))).status]).toEqual([path, 404])
    })

    test('after GitHub nobody is sent to another site', async () => {
      const csrf = await ask('csrf')
      const { csrfToken } = await csrf.json()
      for (const callbackUrl of [
        'https://evil.example',
        '//evil.example',
        '/\\evil.example',
        'javascript:alert(1)',
      ]) {
        const response = await ask(
          'signin/github',
          form({ csrfToken, callbackUrl }, { cookie: cookiesOf(csrf) }),
        )
        const kept = response.headers.getSetCookie().find((one) => one.includes('callback-url')) ?? ''
        expect(decodeURIComponent(kept)).not.toContain('evil')
        expect(decodeURIComponent(kept)).not.toContain('javascript')
      }
    })
  })
})
