import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { chromiumPath } from '../support/browser'
import { type Dashboard, openDashboard, overflow, signIn } from '../support/dashboard'
import { requires } from '../support/require'
import { isBuilt } from '../support/server'

/** A busy machine takes its time. */

const ready = requires('chromium', chromiumPath() !== undefined) && requires('build', isBuilt())

describe.skipIf(!ready)('analytics', () => {
  let dashboard: Dashboard

  beforeAll(async () => {
    dashboard = await openDashboard({ seeded: true })
    await signIn(dashboard)
  }, 120_000)
  afterAll(async () => dashboard?.close())

  test('nonsense in the address is named, and the page stands', { timeout: 60_000 }, async () => {
    const page = await dashboard.open('/analytics?range=forever&from=2026-13-77&x=<b>y</b>')
    const said = page.getByRole('status').filter({ hasText: 'was ignored' })
    await expect.poll(() => said.innerText()).toContain('range=forever')
    expect(await said.innerText()).toContain('x=<b>y</b>')
    expect(await page.getByRole('heading', { name: 'Where do runs stop?' }).isVisible()).toBe(true)
    await page.close()
  })

  test('charts are drawn under the policy, by keyboard too, and their table is the file', {
    timeout: 60_000,
  }, async () => {
    const page = await dashboard.open('/analytics')
    const chart = page.locator('#success')
    await chart.scrollIntoViewIfNeeded()
    await chart.locator('svg.recharts-surface').first().waitFor()
    await expect.poll(() => chart.locator('svg.recharts-surface').textContent()).toContain('Succeeded')
    await chart.locator('svg.recharts-surface').first().focus()
    await page.keyboard.press('ArrowRight')
    await expect.poll(() => chart.locator('.recharts-tooltip-wrapper').innerText()).toContain('Ended')
    await chart.locator('summary').click()
    const shown = () =>
      chart
        .locator('tbody tr')
        .evaluateAll((rows) =>
          rows.map((row) => [...row.querySelectorAll('data')].map((cell) => cell.value).join(',')),
        )
    const link = await chart.getByRole('link', { name: 'Download as CSV' }).getAttribute('href')
    const file = async () => {
      const csv = await page.request.get(dashboard.server.url + link)
      expect(csv.headers()['content-type']).toContain('text/csv')
      return (await csv.text()).trimEnd().split('\r\n').slice(1)
    }
    const lines = await file()
    expect(lines.length).toBeGreaterThan(7)
    // A run may end between the page and its file: then the page is asked once more.
    if ((await shown()).join() !== lines.join()) {
      await page.reload()
      await chart.locator('summary').click()
    }
    expect(await shown()).toEqual(await file())
    expect(await overflow(page)).toBeLessThanOrEqual(0)
    expect(dashboard.complaints).toEqual([])
    await page.close()
  })

  test('the range is in the address, and a number leads to its runs', { timeout: 60_000 }, async () => {
    const page = await dashboard.open('/analytics')
    await page.getByRole('button', { name: '90 days' }).click()
    await page.waitForURL(/[?&]range=90d/)
    await page.locator('#success summary').click()
    await expect.poll(() => page.locator('#success th').first().textContent()).toBe('Week from')
    await page.goBack()
    await expect.poll(() => page.locator('#success th').first().textContent()).toBe('Day')
    const runs = page.locator('#success tbody a').first()
    expect(await runs.getAttribute('href')).toMatch(
      /^\/timeline\?status=.*since=\d{4}-\d\d-\d\d&until=\d{4}-\d\d-\d\d$/,
    )
    await page.close()
  })

  test('no other page carries the charts’ script', { timeout: 60_000 }, async () => {
    const scripts = async (path: string) => {
      const loaded: string[] = []
      const page = await dashboard.browser.newPage()
      page.on('response', (response) => {
        if (response.url().includes('.js')) loaded.push(response.url())
      })
      await page.goto(dashboard.server.url + path)
      if (path === '/analytics') await page.locator('svg.recharts-surface').first().waitFor()
      const texts = await Promise.all(loaded.map(async (url) => (await page.request.get(url)).text()))
      await page.close()
      return texts.some((text) => text.includes('recharts-'))
    }
    expect(await scripts('/analytics')).toBe(true)
    expect(await scripts('/timeline')).toBe(false)
  })
})
