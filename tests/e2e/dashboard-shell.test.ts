import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { axeInBothThemes } from '../support/axe'
import { chromiumPath } from '../support/browser'
import { type Dashboard, openDashboard, overflow, signIn } from '../support/dashboard'
import { requires } from '../support/require'
import { isBuilt } from '../support/server'

const ready =
  requires('chromium', chromiumPath() !== undefined) &&
  requires('chromium', isBuilt(), 'the app is not built (`npm run build` first)')

/** What is around every page. */
describe.skipIf(!ready)('the frame of the dashboard', () => {
  let dashboard: Dashboard

  beforeAll(async () => {
    dashboard = await openDashboard({ seeded: true })
    await signIn(dashboard)
  }, 300_000)
  afterAll(() => dashboard?.close())

  /** A page that keys work on. */
  const alive = async (path: string): Promise<Page> => {
    const page = await dashboard.open(path)
    await page.getByRole('heading', { level: 1 }).first().waitFor()
    await page.waitForFunction(() => document.querySelector('[aria-label="Live updates"]') !== null)
    await page.waitForLoadState('load')
    await page.waitForTimeout(300)
    return page
  }

  it('is gone through by the palette with the keyboard alone, and back is where one was', async () => {
    const page = await alive('/timeline')
    await page.keyboard.press('Control+k')
    const field = page.getByRole('combobox', { name: 'Search and commands' })
    await field.waitFor()
    expect(await field.evaluate((element) => element === document.activeElement)).toBe(true)
    // Single keys are letters here.
    await page.keyboard.type('nothing has this name?')
    await page.getByText('Nothing has these words.').waitFor()
    await field.fill('audit')
    await page.getByRole('option', { name: /Audit/ }).first().waitFor()
    await page.keyboard.press('Enter')
    await page.waitForURL('**/audit')
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    await page.goBack()
    await page.waitForURL('**/timeline')
    expect(await page.getByRole('dialog').count()).toBe(0)
    await page.keyboard.press('/')
    await field.waitFor()
    await page.goBack()
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    expect(new URL(page.url()).pathname).toBe('/timeline')
    await page.close()
  })

  it('opens nothing that an earlier question found, says when it could not ask, and gives the focus back', async () => {
    const page = await alive('/activity')
    const button = page.getByRole('button', { name: 'Search and commands' })
    await button.focus()
    await page.keyboard.press('Enter')
    const field = page.getByRole('combobox', { name: 'Search and commands' })
    await field.fill('holidays')
    const found = page.getByRole('option', { name: /tables of public holidays/ })
    await found.first().waitFor()
    let answer = () => undefined as unknown
    const held = new Promise((resolve) => {
      answer = () => resolve(null)
    })
    await page.route('**/activity', async (route) => {
      if (route.request().method() !== 'POST') return route.continue()
      await held
      await route.abort('connectionrefused')
    })
    await field.fill('audit')
    await expect.poll(() => found.count()).toBe(0)
    answer()
    await page.getByRole('dialog').getByText('The server did not answer.').waitFor()
    await page.keyboard.press('Escape')
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    await expect.poll(() => button.evaluate((element) => element === document.activeElement)).toBe(true)
    await page.close()
  })

  it('opens what is asked for right after something was closed, before the browser has stepped back', async () => {
    const page = await alive('/activity')
    await page.keyboard.press('Control+k')
    await page.getByRole('combobox').waitFor()
    await page.evaluate(async () => {
      const press = (key: string, on: Element | null) =>
        on?.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }))
      press('Escape', document.activeElement)
      // Drawn by a microtask; the step back is a task.
      for (let i = 0; i < 50 && document.querySelector('[role=dialog][data-state=open]'); i += 1)
        await Promise.resolve()
      press('?', document.body)
    })
    const help = page.getByRole('dialog', { name: 'Keys' })
    await help.waitFor()
    await page.waitForTimeout(300)
    expect(await help.isVisible()).toBe(true)
    await page.goBack()
    await help.waitFor({ state: 'detached' })
    expect(new URL(page.url()).pathname).toBe('/activity')
    await page.close()
  })

  it('has keys for pages and rows, which are letters in a field', async () => {
    const page = await alive('/')
    await page.keyboard.press('g')
    await page.keyboard.press('t')
    await page.waitForURL('**/timeline')
    const field = page.getByRole('searchbox')
    const rows = page.locator('main tbody tr')
    await rows.nth(1).waitFor()
    await field.pressSequentially('gn?j')
    expect(await field.inputValue()).toBe('gn?j')
    expect(await page.getByRole('dialog').count()).toBe(0)
    // The list with these words is there, and then the whole one, before a row is chosen.
    await page.waitForURL(/q=gn%3Fj/)
    await rows.nth(1).waitFor({ state: 'detached' })
    await field.fill('')
    await rows.nth(1).waitFor()
    await field.blur()
    const within = (index: number) => rows.nth(index).evaluate((row) => row.contains(document.activeElement))
    await page.keyboard.press('j')
    await page.keyboard.press('j')
    expect(await within(1)).toBe(true)
    await page.keyboard.press('k')
    expect(await within(0)).toBe(true)
    await page.keyboard.press('?')
    const help = page.getByRole('dialog', { name: 'Keys' })
    await help.getByText('Go to Analytics').waitFor()
    await help.getByText('At a gate: approve, with a confirmation').waitFor()
    // A command typed as it stands there concerns this installation, not the usual one.
    await help.getByText(/^DEVPILOT_HOME=\S+ npx tsx cli\/devpilot\.ts --help$/).waitFor()
    await page.keyboard.press('Escape')
    await help.waitFor({ state: 'detached' })
    await page.close()
  })

  it('can be told to take no single keys', async () => {
    const page = await alive('/settings/profile')
    const keyboard = page.getByRole('region', { name: 'Keyboard' })
    await keyboard.getByRole('checkbox').uncheck()
    await keyboard.getByRole('heading').click()
    for (const key of ['g', 't', 'n', '?']) await page.keyboard.press(key)
    await page.keyboard.press('Control+k')
    await page.getByRole('dialog', { name: 'Search and commands' }).waitFor()
    expect(await page.getByRole('dialog').count()).toBe(1)
    expect(new URL(page.url()).pathname).toBe('/settings/profile')
    await page.keyboard.press('Escape')
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    await keyboard.getByRole('checkbox').check()
    await keyboard.getByRole('heading').click()
    await page.keyboard.press('?')
    await page.getByRole('dialog', { name: 'Keys' }).waitFor()
    await page.close()
  })

  it('is drawn in the chosen theme from the first picture on, and times as chosen by the server', async () => {
    const page = await alive('/')
    await page.getByRole('button', { name: /^Signed in as/ }).click()
    await page.getByRole('menuitemradio', { name: 'Light' }).click()
    await page.getByRole('button', { name: /^Signed in as/ }).click()
    await page.getByRole('menuitemradio', { name: 'UTC' }).click()
    await page
      .getByText(/^\d\d:\d\d:\d\dZ$|^\d+ \w{3} \d\d:\d\dZ$/)
      .first()
      .waitFor()
    // Before anything of the page runs but the theme's own script.
    await page.addInitScript(() => {
      const looks: string[] = []
      Object.assign(window, { looks })
      const look = () => {
        if (document.body) looks.push(getComputedStyle(document.documentElement).backgroundColor)
        if (document.readyState !== 'complete') requestAnimationFrame(look)
      }
      requestAnimationFrame(look)
    })
    await page.reload()
    await page.waitForLoadState('load')
    const looks = await page.evaluate(() => [...new Set((window as unknown as { looks: string[] }).looks)])
    expect(looks).toHaveLength(1)
    const html = await (await page.request.get(`${dashboard.server.url}/`)).text()
    expect(html).toMatch(/<time[^>]*>\d[\d:a-zA-Z ]*Z<\/time>/)
    await page.getByRole('button', { name: /^Signed in as/ }).click()
    await page.getByRole('menuitemradio', { name: 'As the system' }).click()
    await page.getByRole('button', { name: /^Signed in as/ }).click()
    await page.getByRole('menuitemradio', { name: 'Relative' }).click()
    await page.close()
  })

  it('keeps the rail as it was left', async () => {
    const page = await alive('/')
    await page.getByRole('button', { name: 'Narrow the rail' }).click()
    const width = async () =>
      (await page.getByRole('navigation', { name: 'Pages', exact: true }).boundingBox())?.width
    expect(await width()).toBe(56)
    await page.reload()
    expect(await width()).toBe(56)
    await page.getByRole('button', { name: 'Widen the rail' }).click()
    expect(await width()).toBe(220)
    await page.close()
  })

  it('is a bar of four and a sheet on a phone', async () => {
    const page = await dashboard.browser.newPage()
    await page.setViewportSize({ width: 390, height: 780 })
    await page.goto(`${dashboard.server.url}/timeline`)
    const bar = page.getByRole('navigation', { name: 'Main pages' })
    expect(await bar.locator('a, button').count()).toBe(4)
    await page.waitForTimeout(500)
    await bar.getByRole('button', { name: 'More' }).click()
    const sheet = page.getByRole('dialog', { name: 'All pages' })
    expect(await sheet.getByRole('navigation').getByRole('link').count()).toBe(11)
    expect(await axeInBothThemes(page)).toEqual([])
    await page.goBack()
    await sheet.waitFor({ state: 'detached' })
    const more = bar.getByRole('button', { name: 'More' })
    await expect.poll(() => more.evaluate((element) => element === document.activeElement)).toBe(true)
    expect(new URL(page.url()).pathname).toBe('/timeline')
    await bar.getByRole('button', { name: 'More' }).click()
    await sheet.getByRole('link', { name: 'Audit' }).click()
    await page.waitForURL('**/audit')
    expect(await overflow(page)).toBeLessThanOrEqual(0)
    await page.close()
  })

  it('shows which of many tabs is the current one, on a phone too, and leaves the page at its top', async () => {
    const page = await dashboard.browser.newPage()
    await page.setViewportSize({ width: 390, height: 780 })
    const raw = `/runs/${dashboard.server.seeded?.runs.merged}?tab=raw`
    for (const path of ['/settings/danger', '/learnings?status=all', '/workflows?flow=refactor', raw]) {
      await page.goto(dashboard.server.url + path)
      const current = page.locator('main nav [aria-current]')
      await expect
        .poll(
          () =>
            current.evaluate((link) => {
              const { left, right } = link.getBoundingClientRect()
              return left >= 0 && right <= 390
            }),
          { message: path },
        )
        .toBe(true)
      // A run shows what was chosen, which stands below its steps.
      if (path.startsWith('/runs/')) continue
      expect(await page.evaluate(() => window.scrollY)).toBe(0)
    }
    await page.close()
  })

  it('finds the parts of the settings, and what can be done', async () => {
    const page = await alive('/')
    await page.keyboard.press('Control+k')
    const field = page.getByRole('combobox', { name: 'Search and commands' })
    await field.fill('add repo')
    await page.getByRole('option', { name: 'Add a repository' }).waitFor()
    await field.fill('members')
    await page.getByRole('option', { name: 'Members' }).waitFor()
    await page.keyboard.press('Enter')
    await page.waitForURL('**/settings/members')
    await page.close()
  })

  it('has nothing that axe finds in palette and help, in both themes', async () => {
    const found: Record<string, string[]> = {}
    const page = await alive('/')
    await page.keyboard.press('Control+k')
    await page.getByRole('option').first().waitFor()
    found.palette = await axeInBothThemes(page)
    await page.keyboard.press('Escape')
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    await page.keyboard.press('?')
    await page.getByRole('dialog', { name: 'Keys' }).waitFor()
    found.help = await axeInBothThemes(page)
    await page.close()
    expect(Object.fromEntries(Object.entries(found).filter(([, lines]) => lines.length > 0))).toEqual({})
  }, 240_000)

  it('goes on by itself after its server was killed and started again', async () => {
    const headers = { authorization: `Bearer ${dashboard.server.token}` }
    const page = await alive('/timeline')
    const gate = dashboard.server.seeded?.gates.waiting ?? expect.fail('not seeded')
    const asked = await page.request.get(`${dashboard.server.url}/api/gates/${gate}`, { headers })
    const run = String((await asked.json()).runId)
    await page.evaluate(() => document.documentElement.setAttribute('data-opened', 'once'))
    await page.evaluate(() => window.scrollTo(0, 200))
    const scrolled = await page.evaluate(() => window.scrollY)
    await dashboard.server.kill()
    await page.getByText('Not live').waitFor()
    await page.getByRole('status').filter({ hasText: 'does not answer' }).waitFor()
    await dashboard.server.start()
    await page.getByRole('status').filter({ hasText: 'does not answer' }).waitFor({ state: 'detached' })
    await page.getByText('Not live').waitFor({ state: 'detached' })
    // What happens from now on is seen without a reload.
    const cancelled = await page.request.post(`${dashboard.server.url}/api/runs/${run}/cancel`, {
      headers,
      data: { reason: 'The test says so.' },
    })
    expect(cancelled.status()).toBe(200)
    await page.locator(`main tr:has(a[href*="${run}"])`).getByText('Cancelled').first().waitFor()
    expect(await page.locator('html[data-opened]').count()).toBe(1)
    expect(await page.evaluate(() => window.scrollY)).toBe(scrolled)
    await page.close()
  }, 240_000)

  it('complains of nothing but what was not there', () => {
    const expected =
      /status of 404|ERR_CONNECTION_REFUSED|ERR_INCOMPLETE_CHUNKED|ERR_CONNECTION_RESET|ERR_EMPTY_RESPONSE|ERR_SOCKET/
    expect(dashboard.complaints.filter((text) => !expected.test(text))).toEqual([])
  })

  it('tells every answer what it may do', async () => {
    const page = await dashboard.browser.newPage()
    const policyOf = async (path: string) =>
      (await page.request.get(dashboard.server.url + path)).headers()['content-security-policy'] ?? ''
    for (const path of ['/', '/timeline', '/nothing-here', '/runs/x'])
      expect(await policyOf(path), path).toMatch(/script-src 'self' 'nonce-[\w-]+' 'strict-dynamic';/)
    for (const path of ['/api/health', '/api/runs', '/api/nothing'])
      expect(await policyOf(path), path).toMatch(/^default-src 'none'/)
    await page.close()
  })
})
