import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { chromiumPath } from '../support/browser'
import { type Dashboard, openDashboard, signIn } from '../support/dashboard'
import { requires } from '../support/require'
import { isBuilt } from '../support/server'

const ready =
  requires('chromium', chromiumPath() !== undefined) &&
  requires('chromium', isBuilt(), 'the app is not built (`npm run build` first)')

describe.skipIf(!ready)('gates in the dashboard', () => {
  let dashboard: Dashboard
  const gates = () => dashboard.server.seeded?.gates ?? expect.fail('not seeded')
  /** The page is alive once the server's keys are listened for: the log-in name alone does not tell. */
  const openGate = async (id: string): Promise<Page> => {
    const page = await dashboard.open(`/gates/${id}`)
    await page.waitForFunction(() =>
      Object.keys(document.querySelector('section[aria-label=Decision] input') ?? {}).some((key) =>
        key.startsWith('__react'),
      ),
    )
    return page
  }

  beforeAll(async () => {
    dashboard = await openDashboard({ seeded: true })
    await signIn(dashboard)
  })
  afterAll(() => dashboard?.close())

  it('shows the change with comments and findings beside its lines, the checks and the terms', async () => {
    const page = await openGate(gates().waiting)
    await page.getByText('The rule pre-merge-main asks one person').waitFor()
    const file = page.locator('details[data-file="src/parse.ts"]')
    await file.getByText('Name the constant 12.').waitFor()
    await file.getByText(/callers outside this repository may not know/).waitFor()
    await page.getByText('97.3% of lines (+3.2 points), by v8.').waitFor()
    await page.getByText('Nobody: one approval is enough.').waitFor()
    await page.getByText('pull request #').waitFor()
    await page.close()
  })

  it('does not take a key that was typed into the reason', async () => {
    const page = await openGate(gates().waiting)
    await page.getByLabel('Reason').fill('a')
    await page.getByLabel('Reason').press('a')
    await page.getByLabel('Reason').press('r')
    expect(await page.getByRole('dialog').count()).toBe(0)
    await page.close()
  })

  it('refuses a decision about a change that is no longer the one that was shown', async () => {
    const page = await openGate(gates().stale)
    await page.route('**/gates/**', async (route) => {
      const body = route.request().postData()
      if (route.request().method() !== 'POST' || body === null) return route.continue()
      await route.continue({ postData: body.replace(/[0-9a-f]{64}/, 'f'.repeat(64)) })
    })
    await pressKey(page, 'a')
    await page
      .getByRole('dialog')
      .getByRole('button', { name: /^Approve 9f3c2e7$/ })
      .click()
    const alert = page.getByRole('region', { name: 'Decision', exact: true }).getByRole('alert')
    await alert.waitFor()
    expect(await alert.innerText()).toMatch(/no longer the one[\s\S]*Look at the gate again/)
    await page.getByText('Waiting for people').first().waitFor()
    await page.close()
  })

  it('approves with A after a confirmation that names the commit', async () => {
    const other = await openGate(gates().waiting)
    const page = await openGate(gates().waiting)
    await pressKey(page, 'a')
    const dialog = page.getByRole('dialog', { name: 'Approve this change?' })
    expect(await dialog.innerText()).toMatch(/commit 9f3c2e7[\s\S]*merge into main/)
    await page.keyboard.press('Enter')
    await page.getByRole('status').filter({ hasText: 'Approved by owner' }).waitFor()
    expect(await page.getByRole('region', { name: 'Decision', exact: true }).count()).toBe(0)
    // The other window is told by the stream, without a reload.
    await other.getByRole('status').filter({ hasText: 'Approved by owner' }).waitFor()
    await page.close()
    await other.close()
  })

  it('rejects only with a reason', async () => {
    const page = await openGate(gates().reject)
    await pressKey(page, 'r')
    await page.getByText('A rejection needs a reason.').waitFor()
    expect(await page.getByRole('dialog').count()).toBe(0)
    await page.getByLabel('Reason').fill('The cache is never cleared.')
    await page.getByRole('button', { name: 'Reject' }).click()
    await page.getByRole('button', { name: 'Reject 9f3c2e7' }).click()
    await page.getByRole('status').filter({ hasText: 'Rejected by owner' }).waitFor()
    await page.getByText('The cache is never cleared.').first().waitFor()
    await page.close()
  })

  it('complains of nothing', () => {
    expect(dashboard.complaints).toEqual([])
  })
})

/** A key that the page answers: pressed again until its script is there to hear it. */
async function pressKey(page: Page, key: 'a' | 'r'): Promise<void> {
  const answer = page.getByRole('dialog').or(page.getByText('A rejection needs a reason.'))
  for (let round = 0; round < 40 && !(await answer.isVisible()); round += 1) {
    await page.keyboard.press(key)
    await page.waitForTimeout(250)
  }
}
