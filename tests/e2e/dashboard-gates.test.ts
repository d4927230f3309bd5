import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { chromiumPath } from '../support/browser'
import { type Dashboard, openDashboard, pressKey, signIn } from '../support/dashboard'
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

  it('leaves out of the address what means nothing, and says so', async () => {
    const page = await dashboard.open("/gates?colour=red&overdue=maybe&closed=%25&repository=' or 1=1")
    await page.getByRole('status').filter({ hasText: 'was ignored' }).waitFor()
    await page.getByText("repository=' or 1=1").waitFor()
    await page.close()
  })

  it('shows a hostile change as text, with what hides in it marked', async () => {
    const page = await openGate(gates().hostile)
    const lines = page.getByRole('region', { name: 'Changed lines' })
    await lines.getByText("<script>document.title='owned'</script>").waitFor()
    await lines.getByText('![pixel](https://evil.example/x.png)').waitFor()
    expect(await lines.locator('script, img, a[href^="http"], a[href^="javascript"]').count()).toBe(0)
    const marks = await lines
      .locator('[data-hidden]')
      .evaluateAll((all) => all.map((mark) => `${mark.getAttribute('data-hidden')} ${mark.textContent}`))
    for (const mark of ['bidi U+202E', 'bidi U+2066', 'control ESC', 'control U+0007', 'invisible U+200B'])
      expect(marks).toContain(mark)
    expect(marks.filter((mark) => mark.startsWith('lookalike'))).toHaveLength(2)
    expect(await page.evaluate(() => /[\u202e\u2066\u001b\u200b]/.test(document.body.innerText))).toBe(false)
    await lines.getByText(/180,001 that are not sent to this page/).waitFor()
    await lines.getByText('Was a plain file, is a file that can be run now.').waitFor()
    await lines.getByText('A binary file: its bytes are not shown.').waitFor()
    await lines.getByText('Only line endings change, from LF to CRLF.').waitFor()
    expect(await page.title()).not.toBe('owned')
    await page.close()
  })

  it('draws of 20,000 lines those in view, goes to the line of the address, and by keys from file to file', async () => {
    const page = await dashboard.open(`/gates/${gates().big}#data/region-14/table-149.ts-R40`)
    const line = page.locator('[data-line="data/region-14/table-149.ts-R40"]').first()
    await expect.poll(() => line.isVisible().catch(() => false)).toBe(true)
    expect(await page.locator('[data-line]').count()).toBeLessThan(400)
    const current = page.locator('[aria-current=location]')
    await current.filter({ hasText: 'table-149.ts' }).waitFor()
    await page.keyboard.press('k')
    await current.filter({ hasText: 'table-148.ts' }).waitFor()
    await page.keyboard.press('v')
    await page.getByText(', 1 viewed').waitFor()
    await page.reload()
    await page.getByText(', 1 viewed').waitFor()
    expect(await page.evaluate(() => document.querySelectorAll('*').length)).toBeLessThan(6_000)
    await page.close()
  })

  it('prints a long diff whole, with the files that were closed and their paths', async () => {
    const page = await dashboard.open(`/gates/${gates().hostile}`)
    const lines = page.getByRole('region', { name: 'Changed lines' })
    const head = lines.getByRole('heading', { level: 3 }).first().getByRole('button')
    await head.click()
    await expect.poll(() => head.getAttribute('aria-expanded')).toBe('false')
    await page.emulateMedia({ media: 'print' })
    await page.evaluate(() => window.dispatchEvent(new Event('beforeprint')))
    expect(await head.getAttribute('aria-expanded')).toBe('true')
    expect(await head.isVisible()).toBe(true)
    await page.evaluate(() => window.dispatchEvent(new Event('afterprint')))
    await expect.poll(() => head.getAttribute('aria-expanded')).toBe('false')
    await page.goto(`${dashboard.server.url}/gates/${gates().big}`)
    const drawn = page.locator('[data-line]')
    await drawn.first().waitFor()
    await page.evaluate(() => window.dispatchEvent(new Event('beforeprint')))
    expect(await drawn.count()).toBeGreaterThan(10_000)
    await page.close()
  })

  it('lets people talk: refused when empty, shown in the other window without a reload', async () => {
    const other = await openGate(gates().reject)
    const page = await openGate(gates().reject)
    await page.getByRole('button', { name: 'Comment', exact: true }).click()
    await page.getByText('The comment is empty.').waitFor()
    await page.getByRole('textbox', { name: 'Comment', exact: true }).fill('Why a cache at all? <i>a r</i>')
    await page.keyboard.press('Control+Enter')
    const said = (of: Page) =>
      of.getByRole('list', { name: 'Comments' }).getByText('Why a cache at all? <i>a r</i>')
    await said(page).waitFor()
    await said(other).waitFor()
    await page.close()
    await other.close()
  })

  it('sends a comment once however often the keys are pressed, and keeps what is typed meanwhile', async () => {
    const page = await openGate(gates().reject)
    let posts = 0
    await page.route('**/gates/**', async (route) => {
      if (route.request().method() !== 'POST') return route.continue()
      posts++
      await new Promise((resolve) => setTimeout(resolve, 500))
      return route.continue()
    })
    const field = page.getByRole('textbox', { name: 'Comment', exact: true })
    await field.fill('Said once.')
    await page.keyboard.down('Control')
    for (let times = 0; times < 3; times++) await page.keyboard.press('Enter')
    await page.keyboard.up('Control')
    await field.fill('And another thing')
    await page.getByRole('list', { name: 'Comments' }).getByText('Said once.').waitFor()
    expect(await field.inputValue()).toBe('And another thing')
    expect(posts).toBe(1)
    await page.close()
  })

  it('shows the change with comments and findings beside its lines, the checks and the terms', async () => {
    const page = await openGate(gates().waiting)
    await page.getByText('The rule pre-merge-main asks one person').waitFor()
    const lines = page.getByRole('region', { name: 'Changed lines' })
    await lines.getByText('Name the constant 12.').waitFor()
    await lines.getByText('No test runs this line.').waitFor()
    await lines.getByText(/callers outside this repository may not know/).waitFor()
    await page.getByRole('button', { name: 'Side by side' }).click()
    await page.getByRole('button', { name: 'One column' }).click()
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
    await page.getByRole('status').filter({ hasText: 'Approved by owner' }).first().waitFor()
    expect(await page.getByRole('region', { name: 'Decision', exact: true }).count()).toBe(0)
    // The other window is told by the stream, without a reload, and offers what to do next.
    await other.getByRole('status').filter({ hasText: 'Approved by owner' }).first().waitFor()
    await other.getByRole('region', { name: 'What became of it' }).getByRole('link').last().waitFor()
    await page.close()
    await other.close()
  })

  it('rejects only with a reason', async () => {
    const page = await openGate(gates().reject)
    await pressKey(page, 'r')
    await page.getByText('A rejection needs a reason.').waitFor()
    await page.keyboard.press('Escape')
    await page.getByText('A rejection needs a reason.').waitFor({ state: 'detached' })
    expect(await page.getByRole('dialog').count()).toBe(0)
    await page.getByLabel('Reason').fill('The cache is never cleared.')
    await page.getByLabel('Comment', { exact: true }).fill('Half of a')
    await page.getByRole('button', { name: 'Reject' }).click()
    await page.getByRole('dialog').getByText('1 comment that you began is not sent.').waitFor()
    await page.getByRole('button', { name: 'Reject 9f3c2e7' }).click()
    await page.getByRole('status').filter({ hasText: 'Rejected by owner' }).first().waitFor()
    await page.getByText('The cache is never cleared.').first().waitFor()
    await page.getByRole('link', { name: 'Open the run' }).click()
    await page.getByRole('button', { name: 'Send back to the coder' }).click()
    const asked = page.getByRole('dialog')
    await asked.getByText('takes along why it was rejected').waitFor()
    await asked.getByLabel('What else the coder is to know').fill('It is nearly there.')
    await asked.getByRole('button', { name: 'Send it back' }).click()
    await asked.waitFor({ state: 'hidden' })
    await page.goto(`${page.url().split('?')[0]}?tab=plan`)
    const plan = page.getByRole('region', { name: 'Plan' })
    await plan.getByText('What people want changed').click()
    await plan.getByText('- The cache is never cleared.').waitFor()
    await plan.getByText('- It is nearly there.').waitFor()
    await page.close()
  })

  it('lets one of two windows that decide at once win, and tells the other', async () => {
    const [one, two] = [await openGate(gates().hostile), await openGate(gates().hostile)]
    for (const page of [one, two]) {
      await pressKey(page, 'a')
      await page.getByRole('dialog').getByRole('button', { name: 'Approve 9f3c2e7' }).waitFor()
    }
    const confirm = (page: Page) =>
      page.getByRole('dialog').getByRole('button', { name: 'Approve 9f3c2e7' }).click({ timeout: 5_000 })
    // One click at least comes in time; where the other window heard of it first, its dialog is gone.
    const clicks = await Promise.allSettled([confirm(one), confirm(two)])
    expect(clicks.map(({ status }) => status)).toContain('fulfilled')
    for (const page of [one, two])
      await page.getByRole('status').filter({ hasText: 'Approved by owner' }).first().waitFor()
    const said = await dashboard.browser.request.get(`${dashboard.server.url}/api/gates/${gates().hostile}`, {
      headers: { authorization: `Bearer ${dashboard.server.token}` },
    })
    expect((await said.json()).decisions).toHaveLength(1)
    await one.close()
    await two.close()
  })

  it('goes by one gate a key, also where the inbox was reached by a link', async () => {
    const page = await dashboard.open('/')
    await page
      .getByRole('navigation', { name: 'Pages' })
      .getByRole('link', { name: /^Gates/ })
      .click()
    const first = page.getByRole('list', { name: 'Waiting for you' }).getByRole('link').first()
    await first.waitFor()
    await page.keyboard.press('j')
    expect(await first.evaluate((link) => link === document.activeElement)).toBe(true)
    await page.close()
  })

  it('goes through the inbox by keys, and from a decision to the next', async () => {
    const page = await dashboard.open('/gates')
    const big = page.getByRole('link', { name: 'Regenerate the tables of public holidays' })
    const chosen = () => big.evaluate((link) => link === document.activeElement)
    // The page hears keys once its script is there.
    for (let round = 0; round < 60 && !(await chosen()); round += 1) {
      await page.keyboard.press('j')
      await page.waitForTimeout(100)
    }
    await page.keyboard.press('Enter')
    await page.waitForURL(`**/gates/${gates().big}`)
    await pressKey(page, 'a')
    await page.keyboard.press('Enter')
    const next = page.getByRole('link', { name: 'Next: Round half cents to even in invoices' })
    await expect.poll(() => next.evaluate((link) => link === document.activeElement)).toBe(true)
    await page.keyboard.press('Enter')
    await page.waitForURL(`**/gates/${gates().stale}`)
    await page.close()
  })

  it('shows what became of a learning at once', async () => {
    const page = await dashboard.open('/learnings')
    const first = page.getByText('Months are counted from 1')
    const row = page.getByRole('listitem').filter({ has: first })
    await row.getByRole('button', { name: 'Approve' }).click()
    await first.waitFor({ state: 'detached' })
    await page.close()
  })

  it('complains of nothing', () => {
    expect(dashboard.complaints).toEqual([])
  })
})
