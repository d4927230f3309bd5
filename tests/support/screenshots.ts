import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { packageRoot } from '@/lib/root'
import { openBrowser } from './browser'
import { pagesOf } from './pages'
import { startServer, type TestServer } from './server'

/**
 * Pictures of every page, light and dark, wide and narrow, into screenshots/: `npx tsx tests/support/screenshots.ts
 * [words of page names]` after `next build`.
 */
const folder = join(packageRoot(), 'screenshots')
const wanted = process.argv.slice(2)

async function shoot(server: TestServer, theme: 'light' | 'dark', width: number): Promise<void> {
  const browser = await openBrowser({ theme, width, height: width > 600 ? 900 : 780 })
  try {
    const page = await browser.newPage()
    page.on('console', (message) => message.type() === 'error' && console.error(message.text()))
    page.on('pageerror', (error) => console.error(error.message))
    if (!server.seeded) {
      await page.goto(`${server.url}/sign-in`)
      await picture(page, 'sign-in', theme, width)
    }
    await page.goto(`${server.url}/sign-in`)
    await page.getByLabel('Token').fill(server.token)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.waitForURL(`${server.url}/`)
    for (const [name, path] of server.seeded ? pagesOf(server.seeded) : ([['home-new', '/']] as const)) {
      if (wanted.length > 0 && !wanted.some((word) => name.includes(word))) continue
      await page.goto(server.url + path)
      await page.waitForTimeout(700)
      await picture(page, name, theme, width)
    }
  } finally {
    await browser.close()
  }
}

async function picture(page: Page, name: string, theme: string, width: number): Promise<void> {
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
  if (overflow > 0) console.error(`${name} at ${width}: ${overflow} px too wide`)
  await page.screenshot({ path: join(folder, `${name}-${theme}-${width}.png`) })
  // A browser draws no picture of any height.
  const height = await page.evaluate(() => document.documentElement.scrollHeight)
  if (height < 12_000 && (width > 600 || theme === 'light')) {
    await page.screenshot({ path: join(folder, `${name}-${theme}-${width}-full.png`), fullPage: true })
  }
}

mkdirSync(folder, { recursive: true })
for (const seeded of [true, false]) {
  const server = await startServer({ seeded })
  try {
    for (const theme of ['dark', 'light'] as const) {
      for (const width of [1440, 390]) await shoot(server, theme, width)
    }
  } finally {
    await server.stop()
  }
}
