import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { chromiumPath } from '../support/browser'
import { type Dashboard, openDashboard, signIn } from '../support/dashboard'
import { havePostgres, type StoppableServer, startStoppable } from '../support/postgres'
import { requires } from '../support/require'
import { isBuilt } from '../support/server'
import { haveTemporal, startTemporal, type TemporalServer } from '../support/temporal'

const ready =
  requires('chromium', chromiumPath() !== undefined) &&
  requires('chromium', isBuilt(), 'the app is not built (`npm run build` first)') &&
  requires('postgres', havePostgres()) &&
  haveTemporal()

/** Pages that were open before what the server needs went away. */
describe.skipIf(!ready)('a page that is open while something goes away', () => {
  let postgres: StoppableServer
  let temporal: TemporalServer
  let dashboard: Dashboard

  beforeAll(async () => {
    postgres = await startStoppable()
    temporal = await startTemporal()
    const env = {
      DATABASE_URL: await postgres.create(),
      DEVPILOT_ENGINE: 'temporal',
      TEMPORAL_ADDRESS: temporal.address,
    }
    dashboard = await openDashboard({ seeded: false, env })
    dashboard.browser.setDefaultTimeout(45_000)
    await signIn(dashboard)
  }, 120_000)
  afterAll(async () => {
    await dashboard?.close()
    await temporal?.stop()
    await postgres?.stop()
  })

  /** A page that remembers whether it was loaded anew. */
  const opened = async (path: string): Promise<Page> => {
    const page = await dashboard.open(path)
    await page.evaluate(() => document.documentElement.setAttribute('data-opened', 'once'))
    return page
  }
  const wasReloaded = (page: Page) => page.locator('html:not([data-opened])').count()
  const banner = (page: Page, text: RegExp) => page.getByRole('status').filter({ hasText: text })

  it('says that Temporal is away, on the next page too, until it is back', async () => {
    const page = await opened('/')
    await page.getByRole('heading', { level: 1 }).waitFor()
    expect(await banner(page, /Temporal/).count()).toBe(0)
    await temporal.kill()
    await banner(page, /^Temporal at 127\.0\.0\.1:\d+ has not answered since/).waitFor()
    await page.getByRole('link', { name: 'Timeline' }).first().click()
    await page.waitForURL('**/timeline')
    expect(await banner(page, /^Temporal at/).count()).toBe(1)
    await temporal.start()
    await banner(page, /Temporal/).waitFor({ state: 'detached' })
    expect(await wasReloaded(page)).toBe(0)
    await page.close()
  }, 180_000)

  it('says that the database is away, and a page that is asked for then comes when it is back', async () => {
    const page = await opened('/')
    await page.getByRole('heading', { level: 1 }).waitFor()
    await postgres.halt()
    await banner(page, /The database does not answer/).waitFor()
    const away = await opened('/timeline')
    await away.getByRole('heading', { level: 1, name: 'The database is away' }).waitFor()
    await away.getByText(/^Nothing that was committed is lost: work goes on by itself/).waitFor()
    await postgres.goOn()
    await away.getByRole('searchbox').waitFor()
    await banner(page, /The database/).waitFor({ state: 'detached' })
    expect(await page.getByRole('heading', { level: 1 }).innerText()).toContain('Three steps')
    expect([await wasReloaded(page), await wasReloaded(away)]).toEqual([0, 0])
    await away.close()
    await page.close()
  }, 180_000)
})
