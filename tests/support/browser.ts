import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type BrowserContext, chromium } from 'playwright-core'

const places = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']

/** Where a Chromium is on this machine, if there is one. */
export function chromiumPath(): string | undefined {
  return places.find((path) => existsSync(path))
}

export interface BrowserLook {
  readonly width: number
  readonly height: number
  readonly theme: 'light' | 'dark'
}

/** A Chromium of its own that asks nothing of the outside world. */
export async function openBrowser(look: BrowserLook): Promise<BrowserContext> {
  const executablePath = chromiumPath()
  if (executablePath === undefined) throw new Error('There is no Chromium.')
  const profile = mkdtempSync(join(tmpdir(), 'devpilot-chromium-'))
  const context = await chromium.launchPersistentContext(profile, {
    executablePath,
    headless: true,
    viewport: { width: look.width, height: look.height },
    colorScheme: look.theme,
    reducedMotion: 'reduce',
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  })
  // A busy machine is no reason to fail: what never comes fails all the same.
  context.setDefaultTimeout(30_000)
  context.on('close', () => rmSync(profile, { recursive: true, force: true, maxRetries: 5 }))
  return context
}
