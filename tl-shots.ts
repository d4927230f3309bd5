import { openBrowser } from './tests/support/browser'
import { startServer } from './tests/support/server'
const paths = process.argv.slice(2)
const server = await startServer({ seeded: true })
try {
  for (const theme of ['dark', 'light'] as const) for (const width of [1440, 390]) {
    const b = await openBrowser({ theme, width, height: 900 })
    const page = await b.newPage()
    page.on('console', (m) => m.type() === 'error' && console.log(m.text()))
    page.on('pageerror', (e) => console.log('ERR', e.message))
    await page.goto(`${server.url}/sign-in`)
    await page.getByLabel('Token').fill(server.token)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.waitForURL(`${server.url}/`)
    for (const [i, p] of paths.entries()) {
      await page.goto(server.url + p); await page.waitForTimeout(800)
      const over = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
      if (over > 0) console.log(p, width, 'overflow', over)
      await page.screenshot({ path: `/tmp/shots/${i}-${theme}-${width}.png` })
      if (p.startsWith('/timeline') && theme === 'dark' && i === 0) {
        await page.getByRole('checkbox').first().check().catch((e) => console.log(String(e)))
        await page.getByRole('button', { name: 'More' }).first().click(); await page.waitForTimeout(300)
        await page.screenshot({ path: `/tmp/shots/${i}-more-${width}.png` })
        await page.keyboard.press('Escape')
        await page.getByRole('button', { name: 'Views' }).click(); await page.waitForTimeout(300)
        await page.screenshot({ path: `/tmp/shots/${i}-views-${width}.png` })
      }
    }
    await b.close()
  }
} finally { await server.stop() }
