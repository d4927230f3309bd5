import type { BrowserContext, Page } from 'playwright-core'
import { expect } from 'vitest'
import { type BrowserLook, openBrowser } from './browser'
import { startServer, type TestServer } from './server'

export interface Dashboard {
  readonly server: TestServer
  readonly browser: BrowserContext
  /** Everything that a page complained about: console errors and uncaught exceptions. */
  readonly complaints: string[]
  /** A new page, at a path of the app. */
  open(path: string): Promise<Page>
  close(): Promise<void>
}

/** The built app with a database of its own, and a browser that is signed in to it. */
export async function openDashboard(options: {
  seeded: boolean
  env?: Readonly<Record<string, string>>
  look?: Partial<BrowserLook>
}): Promise<Dashboard> {
  const server = await startServer(options)
  const browser = await openBrowser({ width: 1280, height: 900, theme: 'dark', ...options.look })
  const complaints: string[] = []
  browser.on('page', (page) => listen(page, complaints))
  const open = async (path: string): Promise<Page> => {
    const page = await browser.newPage()
    await page.goto(server.url + path)
    return page
  }
  const close = async (): Promise<void> => {
    await browser.close()
    await server.stop()
  }
  return { server, browser, complaints, open, close }
}

function listen(page: Page, complaints: string[]): void {
  page.on('console', (message) => {
    if (message.type() === 'error')
      complaints.push(`${page.url()}: ${message.text()} (${message.location().url})`)
  })
  page.on('pageerror', (error) => complaints.push(`${page.url()}: ${error.message}`))
}

/** Signs in with the form, as a person does. */
export async function signIn({ open, server }: Dashboard): Promise<void> {
  const page = await open('/sign-in')
  await page.getByLabel('Token').fill(server.token)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.waitForURL(`${server.url}/`)
  await page.close()
}

/** By how many pixels a page is wider than its window. */
export async function overflow(page: Page): Promise<number> {
  return page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
}

/** Makes a page, before it is opened, believe that nobody looks at it: a tab in the background. */
export async function hide(page: Page): Promise<void> {
  await page.addInitScript(() => {
    Object.defineProperty(document, 'hidden', { configurable: true, get: () => true })
  })
}

/** Brings a page that was hidden to the front. */
export async function look(page: Page): Promise<void> {
  await page.evaluate(() => {
    Object.defineProperty(document, 'hidden', { configurable: true, get: () => false })
    document.dispatchEvent(new Event('visibilitychange'))
  })
}

/** A key of a gate's page: pressed again until the page's script is there to hear it. */
export async function pressKey(page: Page, key: 'a' | 'r'): Promise<void> {
  const answer = page.getByRole('dialog').or(page.getByText('A rejection needs a reason.'))
  for (let round = 0; round < 40 && !(await answer.isVisible()); round += 1) {
    await page.keyboard.press(key)
    await page.waitForTimeout(250)
  }
}

/** The menu of a run, asked for once the page's script is there to open it: asked for twice, it would close again. */
export async function openActions(page: Page): Promise<void> {
  const button = page.getByRole('button', { name: 'Actions' })
  // React marks the elements that it listens to.
  await expect
    .poll(() =>
      button.evaluate((element) => Object.keys(element).some((key) => key.startsWith('__reactProps'))),
    )
    .toBe(true)
  await button.click()
  await page.getByRole('menu').waitFor()
}
