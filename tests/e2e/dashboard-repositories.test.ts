import { once } from 'node:events'
import { chmodSync, cpSync, renameSync } from 'node:fs'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { packageRoot } from '@/lib/root'
import { chromiumPath } from '../support/browser'
import { type Dashboard, openDashboard, overflow, signIn } from '../support/dashboard'
import { temporaryFolder, userGit, writeFiles } from '../support/repos'
import { requires } from '../support/require'
import { isBuilt } from '../support/server'

const ready =
  requires('chromium', chromiumPath() !== undefined) &&
  requires('chromium', isBuilt(), 'the app is not built (`npm run build` first)')

const refresh = (page: Page) =>
  page.evaluate(() => (window as unknown as { next: { router: { refresh(): void } } }).next.router.refresh())

describe.skipIf(!ready)('repositories, flows, and a run from the page', () => {
  const folder = temporaryFolder('repositories')
  const root = join(folder.path, 'duration')
  let dashboard: Dashboard
  let id = ''
  /** A forge that takes calls and answers none. */
  const calls = new Set<Socket>()
  const silent = createServer((socket) => {
    calls.add(socket)
    socket.on('error', () => {})
  })
  const forge = () => `http://127.0.0.1:${(silent.address() as AddressInfo).port}`

  beforeAll(async () => {
    chmodSync(folder.path, 0o755)
    cpSync(join(packageRoot(), 'samples', 'duration'), root, { recursive: true })
    userGit(root, 'init', '-q', '-b', 'main')
    userGit(root, 'add', '-A', '-f')
    userGit(root, 'commit', '-q', '-m', 'start')
    await once(silent.listen(0, '127.0.0.1'), 'listening')
    dashboard = await openDashboard({ seeded: false, env: { GITHUB_API_URL: forge() } })
    dashboard.browser.setDefaultTimeout(60_000)
    await signIn(dashboard)
  })
  afterAll(async () => {
    await dashboard?.close()
    silent.close()
    folder.dispose()
  })

  it('adds one by its path, after a look at what works; a wrong path says what mends it', async () => {
    const page = await dashboard.open('/repositories/new')
    const text = page.getByLabel('Repository', { exact: true })
    await text.fill('/no/such/place')
    await page.getByRole('button', { name: 'Look at it' }).click()
    await page.getByText('There is no folder /no/such/place').waitFor()
    await text.fill(folder.path)
    await page.getByRole('button', { name: 'Look at it' }).click()
    await page.getByText('is not in a git repository').waitFor()
    expect(await page.getByRole('button', { name: /^Add / }).count()).toBe(0)
    await text.fill(root)
    await page.getByRole('button', { name: 'Look at it' }).click()
    const found = page.getByRole('list', { name: 'What was looked at' })
    await found.getByText(/node --test/).waitFor()
    await page.getByRole('button', { name: 'Add duration' }).click()
    await page.waitForURL(/\/repositories\/[0-9a-f-]{36}$/)
    id = page.url().split('/').at(-1) ?? ''
    await page.getByRole('heading', { name: 'Configuration in force' }).waitFor()
    await page.close()
  })

  it('checks devpilot.yaml while it is written, shows what it changes, and says when the base moved', async () => {
    const page = await dashboard.open(`/repositories/${id}/config`)
    const area = page.getByLabel('devpilot.yaml', { exact: true })
    await page.getByText('Valid', { exact: true }).waitFor()
    const text = await area.inputValue()
    await area.fill(text.replace('supervision:', 'supervison:'))
    await page.getByText('Did you mean "supervision"?').waitFor()
    expect(await page.getByRole('button', { name: 'Propose the change' }).isDisabled()).toBe(true)
    await page.getByRole('button', { name: /line \d+, column 1/ }).click()
    expect(await area.evaluate((node) => node === document.activeElement)).toBe(true)
    await area.fill(text.replace('timeout_hours: 24', 'timeout_hours: 48'))
    await page.getByText('Valid', { exact: true }).waitFor()
    await page.getByText(/before a merge into main; after 48 h/).waitFor()
    const diff = page.getByLabel('What changes, line by line')
    expect(await diff.innerText()).toMatch(/timeout_hours: 24[\s\S]*timeout_hours: 48/)
    // The base cannot be read for once while the page asks again.
    const alert = page.locator('main').getByRole('alert')
    renameSync(root, `${root}-away`)
    await refresh(page)
    await alert.first().waitFor()
    expect(await area.inputValue()).toContain('timeout_hours: 48')
    renameSync(`${root}-away`, root)
    await refresh(page)
    await alert.first().waitFor({ state: 'detached' })
    expect(await area.inputValue()).toContain('timeout_hours: 48')
    await page.route('**/config', (route) =>
      route.request().method() === 'POST' ? route.abort() : route.continue(),
    )
    await area.fill(text.replace('timeout_hours: 24', 'timeout_hours: 36'))
    await page.getByText('The server did not answer.').waitFor()
    expect(await page.getByText('Valid', { exact: true }).count()).toBe(0)
    expect(await page.getByRole('button', { name: 'Propose the change' }).isDisabled()).toBe(true)
    await page.unroute('**/config')
    await page.getByRole('button', { name: 'Check it again' }).click()
    await page.getByText(/before a merge into main; after 36 h/).waitFor()
    await area.fill(text.replace('timeout_hours: 24', 'timeout_hours: 48'))
    await page.getByText(/before a merge into main; after 48 h/).waitFor()
    writeFiles(root, { 'devpilot.yaml': `${text}\n# meanwhile\n` })
    userGit(root, 'commit', '-qam', 'meanwhile')
    await page.getByRole('button', { name: 'Propose the change' }).click()
    await page
      .getByText('devpilot.yaml changed on main while you edited it', { exact: false })
      .first()
      .waitFor()
    await page.getByRole('button', { name: 'Keep mine, and compare it' }).click()
    await area.fill(`${text.replace('timeout_hours: 24', 'timeout_hours: 48')}\n# meanwhile\n`)
    await page.getByRole('button', { name: 'Propose the change' }).click()
    await page.waitForURL(/\/runs\/[0-9a-f-]{36}/)
    await page.close()
  })

  it('starts a run with its issue looked up, what it costs at most, and no key', async () => {
    const page = await dashboard.open('/')
    await page.keyboard.press('n')
    await page.waitForURL('**/runs/new')
    await page.getByLabel('An issue').check()
    const issue = page.getByLabel('Issue', { exact: true })
    await issue.fill('99')
    await page.getByText('There is no issue 99', { exact: false }).waitFor()
    const again = page.waitForRequest((request) => request.method() === 'POST')
    await page.getByRole('button', { name: 'Look again' }).click()
    await again
    await page.getByText('There is no issue 99', { exact: false }).waitFor()
    await issue.fill('1')
    await page.getByText('#1', { exact: true }).waitFor()
    // A refresh (a gate that opens, a server that is back) does not look up again what was found.
    const asked: string[] = []
    page.on('request', (request) => asked.push(request.method()))
    const refreshed = page.waitForResponse((response) => response.url().includes('/runs/new?_rsc='))
    await refresh(page)
    await refreshed
    await page.waitForTimeout(1_000)
    expect(asked).not.toContain('POST')
    expect(await page.getByText('#1', { exact: true }).isVisible()).toBe(true)
    const budget = page.getByLabel('Budget in dollars')
    await budget.fill('0')
    await page.getByText('Give a sum above 0').waitFor()
    await budget.fill('1.50')
    await page.getByText('$1.50', { exact: true }).waitFor()
    await page.getByLabel('Provider').selectOption('recorded')
    await page.getByText('A recording is replayed').waitFor()
    await page.getByText('1 approver, before a merge into main', { exact: false }).waitFor()
    // Its page is slow to come: until it is there, a second click starts no second run.
    const answer = Promise.withResolvers<void>()
    await page.route(/\/runs\/[0-9a-f-]{36}\?/, async (route) => {
      await answer.promise
      await route.continue()
    })
    const asking = page.waitForRequest(/\/runs\/[0-9a-f-]{36}\?/)
    await page.getByRole('button', { name: 'Start the run' }).click()
    await asking
    await page.waitForTimeout(500)
    await page.getByRole('button', { name: 'Starting' }).click({ force: true })
    answer.resolve()
    await page.waitForURL(/\/runs\/(?!new)[0-9a-f-]{36}/)
    expect(asked.filter((method) => method === 'POST')).toHaveLength(1)
    await page.close()
  })

  it('shows what is known of a repository whose forge is silent, and says so once it is away', async () => {
    const { server } = dashboard
    const added = await fetch(`${server.url}/api/repositories`, {
      method: 'POST',
      headers: { authorization: `Bearer ${server.token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ repository: `${forge()}/acme/silent.git` }),
    })
    const { id: quiet } = z.object({ id: z.uuid() }).parse(await added.json())
    const page = await dashboard.open('/repositories')
    await page.getByRole('link', { name: 'acme/silent' }).click()
    await page.getByRole('heading', { name: 'acme/silent' }).waitFor()
    await page.getByRole('heading', { name: 'Schedules' }).waitFor()
    await page.getByText('Reading devpilot.yaml on main…').waitFor()
    expect(page.url()).toContain(quiet)
    await expect.poll(() => calls.size).toBeGreaterThan(0)
    silent.close()
    for (const socket of calls) socket.destroy()
    const section = page.locator('section').filter({ hasText: 'Configuration in force' })
    await section.getByRole('alert').waitFor()
    await page.close()
  })

  it('draws flows, and fits a phone', async () => {
    const page = await dashboard.open(`/workflows?repository=${id}&flow=issue`)
    await page.getByRole('region', { name: 'Picture of the flow issue' }).waitFor()
    await page.getByRole('cell', { name: /needs other files/ }).waitFor()
    await page.setViewportSize({ width: 360, height: 780 })
    for (const path of [
      '/workflows',
      '/agents',
      '/agents/coder',
      '/repositories',
      `/repositories/${id}`,
      '/runs/new',
    ]) {
      await page.goto(dashboard.server.url + path)
      expect(await overflow(page), path).toBeLessThanOrEqual(0)
    }
    await page.close()
    // The check that was cut off above.
    expect(dashboard.complaints.filter((line) => !line.includes('net::ERR_FAILED'))).toEqual([])
  })
})
