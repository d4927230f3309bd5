import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { chromiumPath } from '../support/browser'
import { type Dashboard, openDashboard, signIn } from '../support/dashboard'
import { example, SECRET, signed } from '../support/github-webhooks'
import { requires } from '../support/require'
import { isBuilt } from '../support/server'

describe.skipIf(
  !requires('a build (next build)', isBuilt()) || !requires('chromium', chromiumPath() !== undefined),
)('webhooks on the page', () => {
  let dashboard: Dashboard
  beforeAll(async () => {
    dashboard = await openDashboard({ seeded: true, env: { GITHUB_WEBHOOK_SECRET: SECRET } })
    await signIn(dashboard)
  }, 300_000)
  afterAll(() => dashboard?.close())

  test('what was sent is there without reloading, with what came of it, and can be delivered again', async () => {
    const { open, server, complaints } = dashboard
    const page = await open('/settings/webhooks')
    await page.getByText(`${server.url}/api/webhooks/github`, { exact: true }).waitFor()
    const list = page.getByRole('list', { name: 'Webhooks' })
    const before = await list.getByRole('listitem').count()
    const { headers, body } = await signed(
      'issues',
      example('issues', 'opened', {
        'repository.full_name': 'nobody/knows',
        'issue.title': '<b>x</b>\u202e',
      }),
    )
    const sent = await fetch(`${server.url}/api/webhooks/github`, {
      method: 'POST',
      headers: { ...headers },
      body: String(body),
    })
    expect([sent.status, (await sent.json()).status]).toEqual([202, 'ignored'])
    await list.getByText('nobody/knows is no repository of this installation').waitFor()
    expect(await list.getByRole('listitem').count()).toBe(before + 1)
    await list.getByRole('link', { name: 'issues: opened' }).first().click()
    await page.getByText('"title": "<b>x</b>‹U+202E›"').waitFor()
    const redeliver = page.getByRole('button', { name: 'Redeliver' })
    await redeliver.focus()
    await redeliver.evaluate((it) => it.setAttribute('data-same', ''))
    await page.keyboard.press('Enter')
    // Whoever works on it finds the same reason again.
    await expect
      .poll(
        async () =>
          (await (await page.request.get(`${server.url}/api/audit?action=webhook.redelivered`)).json()).items
            .length,
      )
      .toBe(1)
    await page.getByText('nobody/knows is no repository').waitFor()
    expect(await redeliver.evaluate((it) => it === document.activeElement && it.matches('[data-same]'))).toBe(
      true,
    )
    expect(await page.getByText('It waits to be worked on again.').count()).toBe(0)
    await page.goto(`${server.url}/settings/webhooks?status=handled`)
    await page.getByRole('link', { name: 'issues: labeled' }).click()
    await page.getByText('It has started its run').waitFor()
    expect(await page.getByRole('button', { name: 'Redeliver' }).count()).toBe(0)
    const audit = await fetch(`${server.url}/api/audit?action=webhook.redelivered`, {
      headers: { authorization: `Bearer ${server.token}` },
    })
    expect((await audit.json()).items).toHaveLength(1)
    expect(complaints).toEqual([])
  })

  test('the address is the filter, and nonsense in it is told', async () => {
    const page = await dashboard.open('/settings/webhooks?status=odd&event=A&x=1&cursor=y')
    const told = page.getByRole('status').filter({ hasText: 'This was ignored from the URL' })
    await told.waitFor()
    for (const name of ['status=odd', 'event=A', 'x=1', 'cursor=y'])
      expect(await told.textContent()).toContain(name)
    await page.getByLabel('Status').selectOption('failed')
    await page.waitForURL(/[?&]status=failed/)
    await page.getByRole('list', { name: 'Webhooks' }).getByText('Could not resolve host').waitFor()
    expect(await page.getByRole('list', { name: 'Webhooks' }).getByRole('listitem').count()).toBe(1)
  })
})
