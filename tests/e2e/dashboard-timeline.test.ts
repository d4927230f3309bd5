import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { chromiumPath } from '../support/browser'
import { type Dashboard, openDashboard, overflow, signIn } from '../support/dashboard'
import { requires } from '../support/require'
import { isBuilt } from '../support/server'

const ready =
  requires('chromium', chromiumPath() !== undefined) &&
  requires('chromium', isBuilt(), 'the app is not built (`npm run build` first)')

describe.skipIf(!ready)('timeline', () => {
  let dashboard: Dashboard

  beforeAll(async () => {
    dashboard = await openDashboard({ seeded: true })
    await signIn(dashboard)
  })
  afterAll(() => dashboard?.close())

  const rows = (page: Page) => page.getByRole('table', { name: 'Runs' }).locator('tbody tr')
  /** A page whose stream of events is open: what comes from now on reaches it. */
  const openLive = async (path: string): Promise<Page> => {
    const page = await dashboard.browser.newPage()
    const live = page.waitForResponse((response) => response.url().includes('/api/events'))
    await page.goto(dashboard.server.url + path)
    await live
    return page
  }
  const chips = (page: Page) => page.getByRole('list', { name: 'Filters in force' })

  it('says what of its URL is nonsense, and keeps the rest', async () => {
    const page = await dashboard.open(
      '/timeline?status=failed,banana&scoreFrom=abc&colour=red&cursor=nonsense&columns=nope.cost&repository=none',
    )
    const note = page.getByRole('status').filter({ hasText: 'Ignored from the URL' })
    const text = await note.innerText()
    for (const part of [
      'there is no status "banana"',
      'is no number',
      'colour=red',
      'cursor=nonsense',
      'columns=nope',
      'repository=none',
    ]) {
      expect(text).toContain(part)
    }
    expect(await page.getByRole('combobox', { name: 'Repository' }).inputValue()).toBe('')
    await page.goto(`${dashboard.server.url}/timeline?status=failed,banana&scoreFrom=abc`)
    for (const row of await rows(page).allInnerTexts()) expect(row).toContain('Failed')
    await page.close()
  })

  it('takes away every filter of its URL at once, also what is nonsense', async () => {
    const page = await openLive('/timeline?status=bogus&scoreFrom=abc&q=blank')
    await page.getByRole('status').filter({ hasText: 'Ignored from the URL' }).waitFor()
    await page.getByRole('button', { name: 'Clear filters' }).click()
    await page.waitForURL((url) => url.search === '')
    await chips(page).waitFor({ state: 'detached' })
    expect(await page.getByText('Ignored from the URL').count()).toBe(0)
    await page.close()
  })

  it('leads to a run from anywhere in its title’s cell, and a box only chooses', async () => {
    const page = await dashboard.open('/timeline')
    const row = rows(page).first()
    await row.getByRole('checkbox').check()
    expect(new URL(page.url()).pathname).toBe('/timeline')
    const title = row.getByRole('link')
    const [cell, href] = [
      row.locator('td', { has: page.getByRole('link') }),
      await title.getAttribute('href'),
    ]
    const { width = 0, height = 0 } = (await cell.boundingBox()) ?? {}
    await cell.click({ position: { x: width - 8, y: height / 2 } })
    await page.waitForURL(`${dashboard.server.url}${href}`)
    await page.close()
  })

  it('is filtered by keyboard alone, and back leads to what was there before', async () => {
    const page = await openLive('/timeline')
    await page.getByRole('searchbox').focus()
    await page.keyboard.type('bla')
    await page.waitForURL(/q=bla$/)
    // The field stays as it is when the list has come: what is typed next goes on there, and is no shortcut.
    await chips(page).getByText('bla').waitFor()
    await page.keyboard.type('nk')
    await page.waitForURL(/q=blank/)
    expect(await page.getByRole('searchbox').inputValue()).toBe('blank')
    await chips(page).getByText('blank').waitFor()
    await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    const failed = page.getByRole('checkbox', { name: 'Failed' })
    await failed.focus()
    await page.keyboard.press('Space')
    await page.waitForURL(/status=failed/)
    await page.keyboard.press('Escape')
    await chips(page).getByText('Failed').waitFor()
    await expect
      .poll(() => rows(page).allInnerTexts())
      .toSatisfy(
        (texts: string[]) =>
          texts.length > 0 && texts.every((text) => /Failed[\s\S]*A blank page/.test(text)),
      )
    await page.goBack()
    await page.waitForURL((url) => !url.search.includes('status'))
    await expect.poll(() => chips(page).innerText()).not.toContain('Failed')
    await page.getByRole('button', { name: 'Take away: Text blank' }).click()
    await page.waitForURL((url) => url.search === '')
    await expect.poll(() => page.getByRole('searchbox').inputValue()).toBe('')
    await rows(page).first().getByText('Export invoices as CSV').waitFor()
    const first = await rows(page).first().locator('td').nth(2).innerText()
    await page.getByRole('link', { name: 'Older runs' }).click()
    await page.waitForURL(/cursor=/)
    await expect.poll(() => rows(page).first().locator('td').nth(2).innerText()).not.toBe(first)
    await page.getByRole('link', { name: 'Newer runs' }).click()
    await page.waitForURL(/newer=/)
    await expect.poll(() => rows(page).first().locator('td').nth(2).innerText()).toBe(first)
    await page.close()
  })

  it('shows under an address what it asks for, however slowly answers come, and loses no filter', async () => {
    const page = await openLive('/timeline')
    await page.route('**/timeline?*', async (route) => {
      await new Promise((resolve) => setTimeout(resolve, 1_500))
      return route.continue()
    })
    await page.getByRole('searchbox').fill('blank')
    await page.waitForRequest(/q=blank/)
    await page.getByRole('button', { name: 'Status', exact: true }).click()
    await page.getByRole('checkbox', { name: 'Failed' }).check()
    await page.getByRole('checkbox', { name: 'Succeeded' }).check()
    await page.keyboard.press('Escape')
    await page.waitForURL(/status=failed%2Csucceeded/)
    expect(page.url()).toContain('q=blank')
    expect(await page.getByRole('searchbox').inputValue()).toBe('blank')
    for (const chip of ['blank', 'Failed', 'Succeeded']) await chips(page).getByText(chip).waitFor()
    await page.goBack()
    await page.waitForURL((url) => !url.search.includes('status'))
    const asked = new URL(page.url()).searchParams.get('q') !== null
    await expect.poll(() => chips(page).getByText('blank').isVisible()).toBe(asked)
    await page.close()
  })

  it('keeps a view under a name, and columns as they were chosen', async () => {
    const page = await openLive('/timeline?status=rejected&since=90d')
    await page.getByRole('button', { name: 'Columns' }).click()
    await page.getByRole('checkbox', { name: 'Flow' }).check()
    await page.keyboard.press('Escape')
    await page.getByRole('columnheader', { name: 'Flow' }).waitFor()
    await page.getByRole('button', { name: 'Views' }).click()
    const name = page.getByLabel('Keep these filters and columns as')
    const shared = page.getByRole('checkbox', { name: 'Everybody sees it' })
    await name.fill('Turned down')
    await shared.check()
    await page.getByRole('button', { name: 'Keep', exact: true }).click()
    await page.getByText('Kept as Turned down.').waitFor()
    await page.getByRole('list', { name: 'Views that were kept' }).getByText('shared').waitFor()
    // Under its name again it stays what it was; under another it begins as one's own.
    expect(await shared.isChecked()).toBe(false)
    await name.fill('Turned down')
    expect(await shared.isChecked()).toBe(true)
    await name.fill('')
    await page.goto(`${dashboard.server.url}/timeline`)
    // The columns are the browser's own, whatever is filtered.
    await page.getByRole('columnheader', { name: 'Flow' }).waitFor()
    await page.getByRole('button', { name: 'Columns' }).click()
    await page.getByRole('checkbox', { name: 'Flow' }).uncheck()
    await page.keyboard.press('Escape')
    await page.getByRole('columnheader', { name: 'Flow' }).waitFor({ state: 'detached' })
    await page.getByRole('button', { name: 'Views' }).click()
    await page.getByRole('link', { name: 'Turned down' }).click()
    await page.waitForURL(/status=rejected/)
    // The view's own columns, without a reload.
    await page.getByRole('columnheader', { name: 'Flow' }).waitFor()
    await expect
      .poll(() => rows(page).allInnerTexts())
      .toSatisfy((texts: string[]) => texts.length > 0 && texts.every((text) => text.includes('Rejected')))
    await page.close()
  })

  it('cancels what is chosen, with each one’s result, and what has ended is skipped', async () => {
    const page = await openLive('/timeline')
    await page
      .getByRole('checkbox', { name: /^Choose: Cache the calendar/ })
      .first()
      .check()
    await page
      .getByRole('checkbox', { name: /^Choose: Leap seconds/ })
      .first()
      .check()
    const bar = page.getByRole('region', { name: 'What is chosen' })
    expect(await bar.innerText()).toContain('2 runs chosen')
    const href = (await bar.getByRole('link', { name: 'CSV' }).getAttribute('href')) ?? ''
    const csv = await page.request.get(dashboard.server.url + href)
    expect((await csv.text()).trim().split('\r\n')).toHaveLength(3)
    await bar.getByRole('button', { name: 'Cancel…' }).click()
    await page.getByLabel('Why').fill('Asked for twice.')
    await page.getByRole('button', { name: 'Cancel 2 runs' }).click()
    await page.getByText('Done: 1 cancelled, 1 skipped, 0 failed.').waitFor()
    const results = await page.getByRole('list', { name: 'What became of each' }).innerText()
    expect(results).toContain('It is succeeded, which cannot be cancelled.')
    await page.getByRole('button', { name: 'Close', exact: true }).last().click()
    await expect
      .poll(() => rows(page).filter({ hasText: 'Cache the calendar' }).first().innerText())
      .toContain('Cancelled')
    await page.close()
  })

  it('tells to its end what it does to runs that leave the list meanwhile', async () => {
    const page = await openLive('/timeline?status=waiting_gate&q=1970')
    await page
      .getByRole('checkbox', { name: /^Choose: Dates before 1970/ })
      .first()
      .check()
    await page.getByRole('button', { name: 'Cancel…' }).click()
    await page.getByRole('button', { name: 'Cancel 1 run' }).click()
    await page.getByText('No run is like that').waitFor({ state: 'attached' })
    await page.getByText('Done: 1 cancelled, 0 skipped, 0 failed.').waitFor()
    await page.getByRole('button', { name: 'Close', exact: true }).last().click()
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    expect(await page.getByRole('region', { name: 'What is chosen' }).count()).toBe(0)
    await page.close()
  })

  it('tells of new runs on a line, and the list does not jump', async () => {
    const page = await openLive('/timeline')
    const first = await rows(page).first().innerText()
    const log = {
      repository: 'acme/calendar',
      task: 'Reported from outside',
      status: 'running',
      startedAt: new Date().toISOString(),
    }
    const headers = { authorization: `Bearer ${dashboard.server.token}` }
    const answer = await page.request.post(`${dashboard.server.url}/api/cline`, { headers, data: log })
    expect(answer.ok(), await answer.text()).toBe(true)
    await page.getByRole('button', { name: '1 new run' }).waitFor()
    expect((await rows(page).first().innerText()).split('\n')[1]).toBe(first.split('\n')[1])
    await page.getByRole('button', { name: '1 new run' }).click()
    await expect.poll(() => rows(page).first().innerText()).toContain('Reported from outside')
    await page.goto(`${dashboard.server.url}/activity?kind=run&colour=x`)
    await page.getByRole('list', { name: 'Activity' }).getByText('Reported from outside').first().waitFor()
    await page.close()
  })

  it('is no wider than a phone, and complains of nothing', async () => {
    for (const path of ['/timeline?status=failed,banana&q=blank', '/activity', '/']) {
      const page = await dashboard.browser.newPage()
      await page.setViewportSize({ width: 360, height: 740 })
      await page.goto(dashboard.server.url + path)
      expect(await overflow(page), path).toBeLessThanOrEqual(0)
      await page.close()
    }
    expect(dashboard.complaints).toEqual([])
  })
})
