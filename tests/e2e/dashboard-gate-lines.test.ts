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

describe.skipIf(!ready)('comments on the lines of a gate’s diff', () => {
  let dashboard: Dashboard
  const seeded = () => dashboard.server.seeded ?? expect.fail('not seeded')
  const lines = (page: Page) => page.getByRole('region', { name: 'Changed lines' })
  const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true })
  const field = (page: Page) => lines(page).getByRole('textbox')
  const hasFocus = (page: Page, name: string) =>
    expect.poll(() => button(page, name).evaluate((it) => it === document.activeElement)).toBe(true)
  /** Alive: the buttons beside lines do something. */
  const open = async (path: string): Promise<Page> => {
    const page = await dashboard.open(path)
    await page.waitForFunction(() => {
      const first = document.querySelector('button[data-comment]')
      return first !== null && Object.keys(first).some((key) => key.startsWith('__react'))
    })
    return page
  }
  const say = async (gate: string, data: unknown) =>
    dashboard.browser.request.post(`${dashboard.server.url}/api/gates/${gate}/comments`, {
      headers: { authorization: `Bearer ${dashboard.server.token}` },
      data,
    })

  beforeAll(async () => {
    dashboard = await openDashboard({ seeded: true })
    await signIn(dashboard)
  })
  afterAll(() => dashboard?.close())

  it('refuses a line that is not there, and an empty comment, and shows words of others as text', async () => {
    const gate = seeded().gates.stale
    const refused = await say(gate, { body: 'x', place: { path: 'src/parse.ts', side: 'new', line: 900 } })
    expect(refused.status()).toBe(400)
    expect(await refused.text()).toContain('line 900 on the new side of src/parse.ts')
    const body = '<img src=x onerror=alert(1)> [a](https://evil.example) \u202etxt'
    expect((await say(gate, { body, place: { path: 'src/parse.ts', side: 'new', line: 16 } })).status()).toBe(
      201,
    )
    const page = await open(`/gates/${gate}`)
    await lines(page)
      .getByText('<img src=x onerror=alert(1)> [a](https://evil.example) ‹U+202E›txt')
      .waitFor()
    expect(await lines(page).locator('img, a[href^="http"]').count()).toBe(0)
    await button(page, 'Comment on line 16 of src/parse.ts').click()
    await button(page, 'Comment on the line').click()
    await page.getByText('The comment is empty.').waitFor()
    expect(await axeInBothThemes(page, { only: 'section[aria-label="Changed lines"]' })).toEqual([])
    await page.close()
  })

  it('takes one by mouse, under the line, and keeps what is typed while others speak', async () => {
    const gate = seeded().gates.reject
    const page = await open(`/gates/${gate}`)
    const other = await open(`/gates/${gate}`)
    const name = 'Comment on line 15 of src/parse.ts'
    expect(await button(page, name).evaluate((it) => getComputedStyle(it).opacity)).toBe('0')
    await page.locator('[data-line="src/parse.ts-R15"]').hover()
    expect(await button(page, name).evaluate((it) => getComputedStyle(it).opacity)).toBe('1')
    await button(page, name).click()
    await expect.poll(() => field(page).evaluate((it) => it === document.activeElement)).toBe(true)
    const places = await page.evaluate(() =>
      ['[data-line="src/parse.ts-R15"]', 'section textarea', '[data-line="src/parse.ts-R16"]'].map((of) =>
        Number(document.querySelector(of)?.closest<HTMLElement>('[data-index]')?.dataset.index),
      ),
    )
    expect(places.toSorted((x, y) => x - y)).toEqual(places)
    await page.keyboard.type('Why is this a ')
    await say(gate, { body: 'From elsewhere, above.', place: { path: 'src/parse.ts', side: 'new', line: 2 } })
    await lines(page).getByText('From elsewhere, above.').waitFor()
    await page.keyboard.type('<b>constant</b>?')
    expect(await field(page).inputValue()).toBe('Why is this a <b>constant</b>?')
    await page.keyboard.press('Control+Enter')
    for (const each of [page, other]) {
      await lines(each).getByText('Why is this a <b>constant</b>?').waitFor()
      await lines(each)
        .getByText(/^Comment · owner · just now/)
        .first()
        .waitFor()
    }
    await field(page).waitFor({ state: 'detached' })
    await hasFocus(page, name)
    await other.close()
    await page.close()
  })

  it('goes from line to line by keys, opens with c, closes with Escape and gives the focus back', async () => {
    const page = await open(`/gates/${seeded().gates.waiting}`)
    await button(page, 'Comment on line 1 of src/parse.ts').focus()
    for (let times = 0; times < 6; times++) await page.keyboard.press('ArrowDown')
    const name = 'Comment on removed line 13 of src/parse.ts'
    await hasFocus(page, name)
    await page.keyboard.press('c')
    await field(page).waitFor()
    await page.keyboard.type('a r c: not sent yet')
    await page.keyboard.press('Escape')
    expect(await field(page).count()).toBe(0)
    await hasFocus(page, name)
    // What was typed is there again.
    await page.keyboard.press('Enter')
    expect(await field(page).inputValue()).toBe('a r c: not sent yet')
    await page.keyboard.press('Control+Enter')
    await lines(page).getByText('a r c: not sent yet').waitFor()
    await hasFocus(page, name)
    // The tab key comes back to the line, and passes by all others.
    await page.keyboard.press('Shift+Tab')
    await page.keyboard.press('Tab')
    await hasFocus(page, name)
    expect(await lines(page).locator('button[data-comment][tabindex="0"]').count()).toBe(1)
    await page.keyboard.press('?')
    await page.getByRole('dialog').getByText('Comment on the line, or the first in view').waitFor()
    await page.close()
  })

  it('keeps the form of a comment that is under way until its answer, tells a failure there, and sends once', async () => {
    const path = `/gates/${seeded().gates.waiting}`
    const page = await open(path)
    const name = 'Comment on line 15 of src/parse.ts'
    let answer = () => {}
    const answered = new Promise<void>((resolve) => {
      answer = resolve
    })
    let sent = 0
    await page.route(`**${path}`, async (route) => {
      const data = route.request().postData()
      if (route.request().method() !== 'POST' || data === null) return route.continue()
      sent += 1
      await answered
      // The server is asked for a line that is not there.
      return route.continue({ postData: data.replace('"line":15', '"line":900') })
    })
    await button(page, name).click()
    await page.keyboard.type('Once, please')
    await page.keyboard.press('Control+Enter')
    await expect.poll(() => sent).toBe(1)
    await lines(page).getByText('It is being sent.').waitFor()
    await button(page, 'Comment on line 16 of src/parse.ts').click()
    await page.keyboard.press('Control+Enter')
    await page.keyboard.press('Escape')
    // Closed over it, the form tells all the same.
    await page.getByRole('checkbox', { name: 'Viewed src/parse.ts' }).check()
    await page.locator('[data-line="src/parse.ts-R15"]').waitFor({ state: 'detached' })
    expect(await field(page).inputValue()).toBe('Once, please')
    answer()
    await lines(page).getByRole('alert').getByText('line 900 on the new side of src/parse.ts').waitFor()
    expect(sent).toBe(1)
    await page.getByRole('checkbox', { name: 'Viewed src/parse.ts' }).uncheck()
    await page.locator('[data-line="src/parse.ts-R15"]').waitFor()
    // Another line may be asked for now; this one still knows.
    await button(page, 'Comment on line 16 of src/parse.ts').click()
    expect(await lines(page).getByRole('alert').count()).toBe(0)
    await button(page, name).click()
    await lines(page).getByRole('alert').getByText('line 900').waitFor()
    await page.unroute(`**${path}`)
    await field(page).press('Control+Enter')
    await field(page).waitFor({ state: 'detached' })
    await hasFocus(page, name)
    await lines(page).getByText('Once, please').first().waitFor()
    expect(await lines(page).getByText('Once, please').count()).toBe(1)
    await page.close()
  })

  it('leads from the list to the line, again and again, also where its file is closed', async () => {
    const page = await open(`/gates/${seeded().gates.waiting}`)
    const link = page
      .getByRole('list', { name: 'Comments' })
      .getByRole('link', { name: 'src/parse.ts:13' })
      .first()
    const line = page.locator('[data-line="src/parse.ts-L13"]')
    const seen = () =>
      line.evaluate((it) => Math.abs(it.getBoundingClientRect().top - 84) < 60).catch(() => false)
    for (let times = 0; times < 2; times++) {
      await link.click()
      await expect.poll(seen).toBe(true)
    }
    await page.getByRole('checkbox', { name: 'Viewed src/parse.ts' }).check()
    await line.waitFor({ state: 'detached' })
    await link.click()
    await expect.poll(seen).toBe(true)
    await page.close()
  })

  it('shows them beside the lines of the run’s diff, to be read alone', async () => {
    const page = await dashboard.open(`/runs/${seeded().runs.waiting}?tab=diff`)
    await lines(page).getByText('Does the week view count on null here?').waitFor()
    await lines(page)
      .getByText(/^Comment · Mia · /)
      .waitFor()
    expect(await page.getByRole('button', { name: /^Comment on/ }).count()).toBe(0)
    await page.close()
  })

  it('works in a diff of which only the lines in view are drawn, and on a phone', async () => {
    const path = 'data/region-14/table-149.ts'
    const page = await open(`/gates/${seeded().gates.big}#${path}-R40`)
    await page.setViewportSize({ width: 360, height: 740 })
    await page.locator(`[data-line="${path}-R40"]`).waitFor()
    const name = `Comment on line 40 of ${path}`
    await button(page, name).focus()
    await page.keyboard.press('ArrowDown')
    await hasFocus(page, `Comment on removed line 41 of ${path}`)
    await page.keyboard.press('ArrowUp')
    await page.keyboard.press('c')
    await page.keyboard.type('On a ')
    expect(await overflow(page)).toBeLessThanOrEqual(0)
    // Far away and back: it is still there, with the focus in it.
    await page.evaluate(() => window.scrollTo(0, 0))
    await page.locator('[data-line="data/region-0/table-0.ts-L1"]').waitFor()
    await page.keyboard.type('phone')
    expect(await field(page).inputValue()).toBe('On a phone')
    await page.keyboard.press('Control+Enter')
    await hasFocus(page, name)
    await lines(page).getByText('On a phone').waitFor()
    const below = await page.locator(`[data-line="${path}-L41"]`).evaluate((line) => {
      const note = line.closest('[data-index]')?.previousElementSibling
      return [
        note?.textContent ?? '',
        line.getBoundingClientRect().top - (note?.getBoundingClientRect().bottom ?? 0),
      ]
    })
    expect(below[0]).toContain('On a phone')
    expect(Math.abs(Number(below[1]))).toBeLessThan(2)
    expect(await page.locator('[data-line]').count()).toBeLessThan(400)
    await page.close()
  })

  it('complains of nothing', () => {
    expect(dashboard.complaints).toEqual([])
  })
})
