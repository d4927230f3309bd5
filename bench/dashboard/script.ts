import { openBrowser } from '@/tests/support/browser'
import type { App } from './app'
import type { Place } from './places'

export interface Script {
  readonly name: string
  /** Bytes of JavaScript, compressed as they came, until the page had loaded. */
  readonly first: number
  /** And what it asked for by itself within two seconds after. */
  readonly later: number
}

/** What a browser with an empty cache loads of each page. */
export async function scriptsOf(app: App, places: readonly Place[]): Promise<Script[]> {
  const results: Script[] = []
  for (const { name, path } of places) {
    const browser = await openBrowser({ width: 1280, height: 900, theme: 'light' })
    try {
      const signing = await browser.newPage()
      await signing.goto(`${app.url}/sign-in`)
      await signing.getByLabel('Token').fill(app.token)
      await signing.getByRole('button', { name: 'Sign in', exact: true }).click()
      await signing.waitForURL((now) => !now.pathname.startsWith('/sign-in'), { timeout: 60_000 })
      await signing.goto('about:blank')
      const page = await browser.newPage()
      const session = await browser.newCDPSession(page)
      await session.send('Network.enable')
      await session.send('Network.setCacheDisabled', { cacheDisabled: true })
      const scripts = new Set<string>()
      let bytes = 0
      session.on('Network.requestWillBeSent', ({ requestId, request, type }) => {
        if (type === 'Script' || /\.js(?:\?|$)/.test(request.url)) scripts.add(requestId)
      })
      session.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
        if (scripts.has(requestId)) bytes += encodedDataLength
      })
      await page.goto(app.url + path, { waitUntil: 'load', timeout: 60_000 })
      const first = bytes
      await page.waitForTimeout(2_000)
      results.push({ name, first, later: bytes - first })
    } finally {
      await browser.close()
    }
  }
  return results
}
