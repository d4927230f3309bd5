import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { chromiumPath } from '../support/browser'
import { type Dashboard, openActions, openDashboard, overflow, signIn } from '../support/dashboard'
import { requires } from '../support/require'
import { hostile } from '../support/seed-content'
import { isBuilt } from '../support/server'

const ready =
  requires('chromium', chromiumPath() !== undefined) &&
  requires('chromium', isBuilt(), 'the app is not built (`npm run build` first)')

describe.skipIf(!ready)('dashboard', () => {
  let dashboard: Dashboard
  const runs = () => dashboard.server.seeded?.runs ?? expect.fail('not seeded')
  const gates = () => dashboard.server.seeded?.gates ?? expect.fail('not seeded')

  beforeAll(async () => {
    dashboard = await openDashboard({ seeded: true })
    await signIn(dashboard)
  })
  afterAll(() => dashboard?.close())

  it('says on the first line of Home what needs me, and what is running', async () => {
    const page = await dashboard.open('/')
    expect(await page.getByRole('heading', { level: 1 }).innerText()).toMatch(
      /^5 gates wait for a decision, \d runs failed today, 2 runs were given up\.$/,
    )
    expect(await page.locator('ul[aria-label="Gates that wait"] > li').count()).toBe(5)
    await page
      .getByRole('link', { name: /Export invoices as CSV/ })
      .first()
      .waitFor()
    await page.getByText('Merged this week', { exact: true }).waitFor()
    await page.close()
  })

  it('opens a finished run on its outcome, and a bead and a turn by its URL', async () => {
    const page = await dashboard.open(`/runs/${runs().merged}`)
    await page.getByRole('heading', { name: 'What the checks say' }).waitFor()
    await expect.poll(() => page.title()).toBe('Leap seconds break the week view · DevPilot')
    await page
      .getByText('Of the changed test files 6 tests fail on the base and pass now; 39 pass on both.')
      .waitFor()
    await page
      .getByText(/Merged/)
      .first()
      .waitFor()
    await page.getByRole('link', { name: /coder 2 of 2/ }).click()
    await page.waitForURL(/bead=5/)
    await page.getByText('Months outside 1 to 12 are refused first.').waitFor()
    await page.getByRole('link', { name: /It uses a local Date/ }).click()
    await page.waitForURL(/turn=2/)
    await page.getByText('Asked', { exact: true }).waitFor()
    await page.reload()
    await page.locator('details', { hasText: 'edit_file' }).last().click()
    await page.getByText('Edited src/parse.ts: 1 place').waitFor()
    await page.close()
  })

  it('asks why before it cancels a run, and shows the new status without a reload', async () => {
    const watching = await dashboard.open('/timeline?status=cancelled')
    const before = await watching.getByText(/separator/).count()
    const page = await dashboard.open(`/runs/${runs().running}`)
    await openActions(page)
    await page.getByRole('menuitem', { name: 'Cancel' }).click()
    const confirm = page.getByRole('button', { name: 'Cancel the run' })
    await confirm.click()
    expect(await page.getByRole('dialog').isVisible()).toBe(true)
    await page.getByLabel('Why').fill('Asked for twice.')
    await confirm.click()
    await page
      .getByRole('heading', { level: 1 })
      .locator('..')
      .getByText('Cancelled', { exact: true })
      .waitFor()
    expect(before).toBe(0)
    // It is newer than all that were cancelled: it waits on its line.
    await watching.getByRole('button', { name: '1 new run' }).click()
    await watching
      .getByRole('table', { name: 'Runs' })
      .getByText(/separator/)
      .first()
      .waitFor()
    await page.close()
    await watching.close()
  })

  it('shows hostile text as text', async () => {
    for (const path of [`/gates/${gates().hostile}`, `/runs/${runs().hostile}?bead=3&turn=1`, '/']) {
      const page = await dashboard.open(path)
      const text = await page.evaluate(() => document.body.innerText)
      expect(text).toContain('<img src=x onerror=')
      expect(text).toContain('‹U+202E›')
      expect(text).not.toMatch(/[\u202a-\u202e\u2066-\u2069\u001b]/)
      expect(await page.title()).not.toBe('owned')
      expect(await page.locator('img, main script, iframe').count()).toBe(0)
      await page.close()
    }
    const run = await dashboard.open(`/runs/${runs().hostile}?bead=3&turn=1`)
    await run.getByText('<script>document.title').first().waitFor()
    expect(hostile.content).toContain('<script>')
    await run.close()
  })

  it('goes to a run by the palette, and says which keys there are', async () => {
    const page = await dashboard.open('/')
    await page.waitForLoadState('networkidle').catch(() => undefined)
    await page.keyboard.press('Control+k')
    await page.getByRole('combobox').fill('Leap seconds')
    await page.getByRole('option', { name: /Leap seconds/ }).waitFor()
    // Its fork is of the same issue, and of another name: it stands below, whenever the answer comes.
    await page.getByRole('option', { name: /another model/ }).waitFor()
    await page.keyboard.press('Enter')
    await page.waitForURL(`**/runs/${runs().merged}`)
    // Visited and found, it stands there once.
    await page.waitForFunction((id) => localStorage.getItem('devpilot_recent')?.includes(id), runs().merged)
    await page.keyboard.press('Control+k')
    await page.getByRole('option', { name: /Leap seconds/ }).waitFor()
    await page.getByRole('combobox').fill('Leap seconds')
    await page.getByRole('option', { name: /another model/ }).waitFor()
    expect(await page.getByRole('option', { name: /Leap seconds/ }).count()).toBe(1)
    await page.keyboard.press('Escape')
    await page.keyboard.press('?')
    await page.getByRole('dialog').getByText('At a gate: approve, with a confirmation').waitFor()
    await page.keyboard.press('Escape')
    await page.getByRole('dialog').waitFor({ state: 'hidden' })
    await page.close()
  })

  it('verifies the audit log and filters it by its URL', async () => {
    const page = await dashboard.open('/audit?action=gate.*')
    const entries = page.getByRole('list', { name: 'Audit entries' }).locator('summary')
    for (const text of await entries.allInnerTexts()) expect(text).toContain('gate.')
    await page.getByRole('button', { name: 'Verify the log' }).click()
    await page.getByText(/^Whole: \d+ entries in \d+ chains/).waitFor()
    await page.close()
  })

  it('has a light and a dark look, by the system and by the switch', async () => {
    const page = await dashboard.open('/')
    const lightness = () =>
      page.evaluate(() =>
        Number(/[\d.]+/.exec(getComputedStyle(document.documentElement).backgroundColor)?.[0] ?? ''),
      )
    const dark = await lightness()
    const choose = async (name: string) => {
      await page.getByRole('button', { name: /^Signed in as/ }).click()
      await page.getByRole('menuitemradio', { name }).click()
    }
    await choose('Light')
    const light = await lightness()
    await page.reload()
    expect(await lightness()).toBe(light)
    await choose('As the system')
    expect(await lightness()).toBe(dark)
    expect(light).toBeGreaterThan(dark)
    await page.close()
  })

  it('is no wider than a phone', async () => {
    for (const path of [
      '/',
      '/timeline',
      `/runs/${runs().merged}?bead=3&turn=2`,
      `/runs/${runs().failed}`,
      `/runs/${runs().fork}?bead=5&turn=2`,
      `/runs/${runs().fork}?tab=replay`,
      `/runs/${runs().merged}/compare?with=${runs().fork}`,
      '/timeline?status=given_up',
      '/gates',
      `/gates/${gates().hostile}`,
      '/analytics',
      '/audit',
    ]) {
      const page = await dashboard.browser.newPage()
      await page.setViewportSize({ width: 360, height: 740 })
      await page.goto(dashboard.server.url + path)
      expect(await overflow(page), path).toBeLessThanOrEqual(0)
      await page.close()
    }
  })

  it('says that nothing is there, with a way on', async () => {
    const page = await dashboard.open('/runs/00000000-0000-7000-8000-000000000000')
    await page.getByRole('heading', { name: 'There is no such run' }).waitFor()
    await page.getByRole('link', { name: 'See all runs' }).waitFor()
    await page.goto(`${dashboard.server.url}/runs/nope`)
    await page.getByRole('heading', { name: 'This address is not whole' }).waitFor()
    await page.close()
  })

  it('complains of nothing but what was asked for and is not there', () => {
    const unexpected = dashboard.complaints.filter((text) => !/status of 404/.test(text))
    expect(unexpected).toEqual([])
  })
})

describe.skipIf(!ready)('dashboard of a new installation', () => {
  let dashboard: Dashboard
  beforeAll(async () => {
    dashboard = await openDashboard({ seeded: false })
  })
  afterAll(() => dashboard?.close())

  it('shows nobody a page who is not signed in, refuses a wrong token, and goes on to what was asked for', async () => {
    const page = await dashboard.open('/timeline?status=failed')
    expect(new URL(page.url()).pathname).toBe('/sign-in')
    await page.getByLabel('Token').fill('not the token')
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.locator('form').getByRole('alert').waitFor()
    await page.getByLabel('Token').fill(dashboard.server.token)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.waitForURL('**/timeline?status=failed')
    await page.close()
  })

  it('signs in by a link with the token, and leaves no token in the address', async () => {
    await dashboard.browser.clearCookies()
    const page = await dashboard.open(`/sign-in?token=${dashboard.server.token}`)
    await page.waitForURL(`${dashboard.server.url}/`)
    await page.getByText('npm run demo').waitFor()
    await page.close()
  })

  it('shows three steps with commands', async () => {
    const page = await dashboard.open('/')
    await page.getByText('npm run demo').waitFor()
    expect(await page.getByRole('main').getByRole('listitem').count()).toBe(3)
  })

  it('says what a run needs before there is a repository', async () => {
    const page = await dashboard.open('/')
    await page.getByRole('link', { name: 'New run' }).first().click()
    await page.waitForURL('**/runs/new')
    await page
      .getByRole('link', { name: /repository/i })
      .first()
      .waitFor()
    await page.close()
    expect(dashboard.complaints).toEqual([])
  })
})
