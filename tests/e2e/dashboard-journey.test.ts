import { chmodSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { chromiumPath } from '../support/browser'
import { type Dashboard, openDashboard } from '../support/dashboard'
import { temporaryFolder, userGit, writeFiles } from '../support/repos'
import { requires } from '../support/require'
import { isBuilt } from '../support/server'

const ready =
  requires('chromium', chromiumPath() !== undefined) &&
  requires('chromium', isBuilt(), 'the app is not built (`npm run build` first)')

describe.skipIf(!ready)('a first evening', () => {
  const folder = temporaryFolder('journey')
  const root = join(folder.path, 'words')
  let dashboard: Dashboard

  beforeAll(async () => {
    chmodSync(folder.path, 0o755)
    writeFiles(root, {
      'package.json': `${JSON.stringify({ name: 'words', version: '1.0.0', type: 'module', scripts: { test: 'node --test' } })}\n`,
      'words.test.js': "import test from 'node:test'\ntest('nothing yet', () => {})\n",
    })
    userGit(root, 'init', '-q', '-b', 'main')
    userGit(root, 'add', '-A')
    userGit(root, 'commit', '-q', '-m', 'start')
    dashboard = await openDashboard({ seeded: false })
    dashboard.browser.setDefaultTimeout(60_000)
  })
  afterAll(async () => {
    await dashboard?.close()
    folder.dispose()
  })

  it('leads from the first link over a repository, a run and its gate to a merged change and its figures', async () => {
    const page = await dashboard.open(`/sign-in?token=${dashboard.server.token}`)
    // The link signs in by itself.
    await page.getByRole('heading', { name: 'Three steps to a merged change' }).waitFor()

    await page.getByRole('link', { name: 'Add a repository' }).click()
    await page.getByLabel('Repository', { exact: true }).fill(root)
    await page.getByRole('button', { name: 'Look at it' }).click()
    await page.getByRole('button', { name: 'Add words' }).click()
    await page.waitForURL(/\/repositories\/[0-9a-f-]{36}$/)

    await page.goto(dashboard.server.url)
    await page.getByText('words is here.').waitFor()
    await page.keyboard.press('n')
    await page.waitForURL('**/runs/new')
    await page.getByLabel('Flow', { exact: true }).selectOption('scaffold')
    await page.getByRole('button', { name: 'Start the run' }).click()
    await page.waitForURL(/\/runs\/(?!new)[0-9a-f-]{36}/)

    // Nobody reloads: the page shows by itself that the run has come to its gate.
    const gate = page.getByRole('link', { name: /decide|gate/i }).first()
    await page.getByText('Waiting for people', { exact: true }).first().waitFor({ timeout: 120_000 })
    await gate.waitFor()
    await page.goto(`${dashboard.server.url}/gates`)
    await page.keyboard.press('j')
    await page.keyboard.press('Enter')
    await page.waitForURL(/\/gates\/[0-9a-f-]{36}/)
    await page.getByRole('region', { name: 'Decision' }).waitFor()
    await page.keyboard.press('a')
    await page
      .getByRole('dialog')
      .getByRole('button', { name: /^Approve/ })
      .click()
    await page.getByRole('dialog').waitFor({ state: 'detached' })

    await page.goto(`${dashboard.server.url}/timeline`)
    await page.getByText('Succeeded', { exact: true }).first().waitFor({ timeout: 120_000 })
    expect(userGit(root, 'ls-tree', '--name-only', 'main')).toContain('README.md')

    await page.goto(`${dashboard.server.url}/analytics`)
    await page.getByRole('heading', { name: 'Where do runs stop?' }).waitFor()
    await page.goto(`${dashboard.server.url}/audit`)
    await page.getByRole('button', { name: 'Verify the log' }).click()
    await page.getByText(/^Whole: /).waitFor()
    await page.close()
    expect(dashboard.complaints).toEqual([])
  }, 300_000)
})
