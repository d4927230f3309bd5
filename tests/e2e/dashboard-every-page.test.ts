import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { axeInBothThemes } from '../support/axe'
import { chromiumPath } from '../support/browser'
import { type Dashboard, openDashboard, overflow, signIn } from '../support/dashboard'
import { pagesOf } from '../support/pages'
import { requires } from '../support/require'
import { isBuilt } from '../support/server'

const ready = requires('chromium', isBuilt() && chromiumPath() !== undefined)
/** More are those of a long diff or log, and none of them is another kind of control. */
const MOST = 250

let dashboard: Dashboard
beforeAll(async () => {
  if (!ready) return
  dashboard = await openDashboard({ seeded: true })
  await signIn(dashboard)
})
afterAll(() => dashboard?.close())

/** Marks what Tab should come to: all that can be used and is seen. Their number. */
const mark = () => {
  const usable = 'a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex="0"]'
  const seen = [...document.querySelectorAll<HTMLElement>(usable)].filter(
    (element) =>
      element.tabIndex >= 0 &&
      !element.matches(':disabled') &&
      !element.closest('[inert], [aria-hidden=true]') &&
      element.checkVisibility({ visibilityProperty: true, opacityProperty: false }),
  )
  // Of a group of radio buttons Tab comes to one.
  const stops = seen.filter(
    (element) => !(element instanceof HTMLInputElement && element.type === 'radio' && !element.checked),
  )
  for (const element of stops) element.dataset.stop = 'waiting'
  // In a field of a date Tab goes through day, month, year and the calendar's button.
  const dates = stops.filter((element) => element instanceof HTMLInputElement && element.type === 'date')
  return stops.length + 3 * dates.length
}

/** Where the focus is: whether it can be seen there. */
const look = () => {
  const element = document.activeElement as HTMLElement | null
  if (!element || element === document.body) return null
  element.dataset.stop = 'reached'
  const drawn = (one: Element) => {
    const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(one)
    return (outlineStyle !== 'none' && outlineWidth !== '0px') || boxShadow !== 'none'
  }
  const shown = drawn(element) || (element.parentElement !== null && drawn(element.parentElement))
  return shown ? '' : element.outerHTML.slice(0, 160)
}

const missed = () =>
  [...document.querySelectorAll('[data-stop=waiting]')].map((element) => element.outerHTML.slice(0, 160))

/** What Tab alone does not come to, and where nobody sees that it has. */
async function byKeyboard(page: Page): Promise<string[]> {
  const stops = await page.evaluate(mark)
  const unseen = new Set<string>()
  for (let at = 0; at < Math.min(stops, MOST) + 20; at += 1) {
    await page.keyboard.press('Tab')
    const found = await page.evaluate(look)
    if (found) unseen.add(found)
  }
  const left = stops > MOST ? [] : await page.evaluate(missed)
  return [...left.map((html) => `not reached: ${html}`), ...[...unseen].map((html) => `not seen: ${html}`)]
}

describe.skipIf(!ready)('every page', () => {
  it('has nothing that axe finds in either theme, all of it by keyboard, and fits its window', async () => {
    const { open, server, complaints } = dashboard
    if (!server.seeded) throw new Error('the server was not seeded')
    const wrong: string[] = []
    const gone = new Set<string>()
    for (const [name, path] of pagesOf(server.seeded)) {
      const page = await open(path)
      await page.getByRole('heading', { level: 1 }).first().waitFor()
      await page.waitForTimeout(300)
      // A row that the edge of its list cuts is as large as the others when it is scrolled to.
      const without = name.startsWith('run-') ? ['target-size'] : []
      const found = await axeInBothThemes(page, { without })
      // A page's other states have the same controls.
      const route = path.replace(/[?#].*$/, '').replace(/[0-9a-f-]{36}/, '[id]')
      if (!gone.has(route)) found.push(...(await byKeyboard(page)))
      gone.add(route)
      if ((await overflow(page)) > 0) found.push('wider than its window')
      wrong.push(...found.map((line) => `${name}: ${line}`))
      await page.close()
    }
    expect(wrong).toEqual([])
    expect(complaints.filter((line) => !line.includes('404'))).toEqual([])
  }, 480_000)
})
