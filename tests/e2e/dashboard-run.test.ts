import { eq } from 'drizzle-orm'
import type { Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { beads, runs } from '@/drizzle/schema'
import { type Database, openDatabase } from '@/lib/db/client'
import { appendEvents } from '@/lib/db/events'
import { axeInBothThemes } from '../support/axe'
import { chromiumPath } from '../support/browser'
import {
  type Dashboard,
  hide,
  look,
  openActions,
  openDashboard,
  overflow,
  signIn,
} from '../support/dashboard'
import { longBead, seedLong } from '../support/long-run'
import { havePostgres, startPostgres, type TestServer } from '../support/postgres'
import { requires } from '../support/require'
import { seedRun } from '../support/seed-run'
import { isBuilt } from '../support/server'

const ready =
  requires('chromium', chromiumPath() !== undefined) &&
  requires('chromium', isBuilt(), 'the app is not built (`npm run build` first)') &&
  requires('postgres', havePostgres())

describe.skipIf(!ready)('the page of a run', () => {
  let postgres: TestServer
  let database: Database
  let dashboard: Dashboard
  let long: string

  beforeAll(async () => {
    postgres = await startPostgres()
    const url = await postgres.create()
    database = await openDatabase({ url, home: '/nowhere' })
    long = await seedLong(database.db)
    dashboard = await openDashboard({ seeded: false, env: { DATABASE_URL: url } })
    await signIn(dashboard)
  })
  afterAll(async () => {
    await dashboard?.close()
    await database?.close()
    await postgres?.stop()
  })

  const lines = (page: Page) => page.getByRole('region', { name: /^Lines of the log/ })
  const row = (page: Page, n: number) => page.locator(`[data-line="${n}"]`)
  const nodes = (page: Page) => page.evaluate(() => document.querySelectorAll('*').length)
  const params = (page: Page) => Object.fromEntries(new URL(page.url()).searchParams)

  it('shows any of 100,000 lines, with no more of them in the page than fit', async () => {
    const page = await dashboard.open(`/runs/${long}?tab=audit`)
    await page.getByRole('button', { name: /^Log/ }).click()
    await row(page, 100_000).waitFor()
    await lines(page).evaluate((element) => element.scrollTo(0, element.scrollHeight / 2))
    await page.getByText('line 50001 has a needle').waitFor()
    await lines(page).evaluate(async (element) => {
      for (let at = 0; at < 60; at++) {
        element.scrollTo(0, (element.scrollHeight * at) / 60)
        await new Promise((resolve) => requestAnimationFrame(resolve))
      }
      element.scrollTo(0, 0)
    })
    await row(page, 1).waitFor()
    expect(await nodes(page)).toBeLessThan(2_500)
    await page.close()
  })

  it('finds words in the whole log, walks from one to the next, and filters, all in the address', async () => {
    const page = await dashboard.open(`/runs/${long}?lq=needle`)
    await page.getByText('100', { exact: true }).waitFor()
    const search = page.getByRole('searchbox', { name: 'Search the log' })
    // The log opens at its end: the next one is the first.
    await search.press('Enter')
    await page.getByText('1 of 100').waitFor()
    await row(page, 1).waitFor()
    await search.press('Shift+Enter')
    await page.getByText('100 of 100').waitFor()
    await row(page, 99_001).getByText('needle').waitFor()
    await search.fill('')
    await page.getByRole('combobox', { name: 'Level' }).selectOption('error')
    await page.getByText('200 lines shown').waitFor()
    await row(page, 100_000).waitFor()
    expect(params(page)).toEqual({ llevel: 'error' })
    await page.close()
  })

  it('has an address for a line, which opens around it, and back undoes it', async () => {
    const page = await dashboard.open(`/runs/${long}?line=12345`)
    await page.locator('[data-line="12345"][aria-current="true"]').waitFor()
    await page.getByRole('link', { name: 'Line 12340', exact: true }).click()
    await page.waitForURL(/line=12340/)
    await page.locator('[data-line="12340"][aria-current="true"]').waitFor()
    await page.goBack()
    await page.locator('[data-line="12345"][aria-current="true"]').waitFor()
    await page.goto(`${dashboard.server.url}/runs/${long}?line=99999999`)
    await row(page, 100_000).waitFor()
    await page.close()
  })

  it('opens a turn of 5,000 with its prompt, and sends few of the others', async () => {
    const page = await dashboard.browser.newPage()
    const answer = await page.goto(`${dashboard.server.url}/runs/${long}?bead=2&turn=2345`)
    expect((await answer?.body())?.length ?? 0).toBeLessThan(400_000)
    await page.getByRole('heading', { name: 'turn 2,345 of 5,000' }).waitFor()
    await page.getByText(/^answer 2345/).waitFor()
    await page.getByText('2344 turns before this one').waitFor()
    await page.getByText('System prompt').click()
    await page.getByText('You change code.').waitFor()
    await page.getByRole('link', { name: 'Next' }).click()
    await page.waitForURL(/turn=2346/)
    await page.getByText(/^answer 2346/).waitFor()
    await page.goBack()
    await page.getByText(/^answer 2345/).waitFor()
    await page.getByRole('link', { name: 'Later turns' }).click()
    await page.waitForURL(/after=2350/)
    await page.getByRole('heading', { name: 'Turns (5,000)' }).waitFor()
    expect(await nodes(page)).toBeLessThan(3_500)
    await page.getByRole('link', { name: 'Calls' }).click()
    await page.getByRole('row', { name: /coder claude-sonnet-4-5 coder v4 2,500/ }).waitFor()
    await page.getByRole('link', { name: 'Later calls' }).click()
    await page.getByText('2.101', { exact: true }).waitFor()
    await page.setViewportSize({ width: 360, height: 740 })
    expect(await overflow(page)).toBeLessThanOrEqual(0)
    await page.close()
  })

  it('is walked by keys', async () => {
    const page = await dashboard.open(`/runs/${long}?bead=1`)
    await page.getByRole('region', { name: 'Steps' }).getByRole('link').first().waitFor()
    await page.waitForLoadState('networkidle').catch(() => undefined)
    await page.keyboard.press('j')
    await page.keyboard.press('Enter')
    await page.waitForURL(/bead=2/)
    await page.getByRole('list', { name: 'Turns of coder' }).waitFor()
    await page.keyboard.press('j')
    await page.keyboard.press('Enter')
    await page.waitForURL(/turn=1/)
    await page.close()
  })

  it('follows a run that is at work until the reader scrolls up, goes on when asked to, and says when it is gone', async () => {
    const id = await liveRun()
    const say = (from: number, count: number) =>
      appendEvents(
        database.db,
        Array.from({ length: count }, (_, at) => ({
          runId: id,
          beadId: null,
          kind: 'log' as const,
          data: { text: `said ${from + at} \u001b]0;owned\u0007\u001b[32mgreen\u001b[0m<b>\u202e` },
        })),
      )
    await say(1, 100)
    const page = await dashboard.open(`/runs/${id}`)
    await page.getByText('said 100').waitFor()
    await page.getByText(/^live, /).waitFor()
    await say(101, 30)
    await page.getByText('said 130 green<b>‹U+202E›').waitFor()
    expect(await page.title()).not.toBe('owned')
    await lines(page).evaluate((element) => element.scrollTo(0, 0))
    await page.getByRole('button', { name: 'Follow the log' }).waitFor()
    await say(131, 30)
    await page.getByText(/^live, 16\d lines/).waitFor()
    expect(await page.getByText('said 160').count()).toBe(0)
    await page.getByRole('button', { name: 'Follow the log' }).click()
    await page.getByText('said 160').waitFor()
    await say(161, 1)
    await page.getByText('said 161').waitFor()
    await database.db.delete(runs).where(eq(runs.id, id))
    await page.getByRole('combobox', { name: 'Kind' }).selectOption('log')
    await page.getByRole('heading', { name: 'There is no such run' }).waitFor()
    await page.close()
  })

  /** A run that is at work elsewhere and tells of it here. */
  async function liveRun(): Promise<string> {
    const { url, token } = dashboard.server
    const response = await fetch(`${url}/api/cline`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({
        repository: 'elsewhere',
        task: 'Work that goes on',
        status: 'running',
        startedAt: new Date().toISOString(),
        endedAt: null,
      }),
    })
    const { id } = (await response.json()) as { id: string }
    return id
  }

  it('leaves an open question what it was asked of while the run goes on, and gives the focus back', async () => {
    const { run, goOn } = await seedWorking()
    const page = await dashboard.open(`/runs/${run}`)
    await page.getByText(/^live, /).waitFor()
    await page.getByRole('button', { name: 'Fork here' }).click()
    const fork = page.getByRole('dialog', { name: 'Fork at coder (step 2)' })
    await fork.getByLabel('Why').fill('Another way.')
    await page.waitForURL(/bead=2/)
    await goOn()
    await page.locator('main a[href*="bead=3"]').first().waitFor({ state: 'attached' })
    expect(await fork.getByLabel('Why').inputValue()).toBe('Another way.')
    await page.keyboard.press('Escape')
    await fork.waitFor({ state: 'detached' })
    await focused(page.getByRole('button', { name: 'Fork here' }))
    await openActions(page)
    await page.getByRole('menuitem', { name: 'Skip step' }).click()
    const skip = page.getByRole('dialog', { name: 'Skip the step it stands at?' })
    await skip.getByText('The run goes on after reviewer').waitFor()
    await database.db
      .update(runs)
      .set({ status: 'waiting_gate', step: 'gate:pre-merge-main' })
      .where(eq(runs.id, run))
    await tell(run)
    await skip.getByText('Meanwhile the run is waiting for people').waitFor()
    await skip.getByText('The run goes on after reviewer').waitFor()
    await skip.getByRole('button', { name: 'Close' }).last().click()
    await focused(page.getByRole('button', { name: 'Actions' }))
    await page.close()
  })

  it('holds no connection while it was never looked at, and catches up when it is', async () => {
    const id = await liveRun()
    const page = await dashboard.browser.newPage()
    const asked: string[] = []
    page.on('request', (request) => {
      const path = new URL(request.url()).pathname
      if (path.endsWith('/events')) asked.push(path)
    })
    await hide(page)
    await page.goto(`${dashboard.server.url}/runs/${id}`)
    await page.getByRole('heading', { level: 1 }).waitFor()
    await page.waitForLoadState('load')
    await page.waitForTimeout(1_000)
    expect(asked).toEqual([])
    await database.db.update(runs).set({ title: 'Work that was renamed' }).where(eq(runs.id, id))
    await look(page)
    await page.getByRole('heading', { level: 1, name: 'Work that was renamed' }).waitFor()
    await page.getByText(/^live, /).waitFor()
    expect(new Set(asked)).toEqual(new Set(['/api/events', `/api/runs/${id}/events`]))
    await page.close()
  })

  /** Whether it has the focus, or gets it in a moment. */
  const focused = (of: Locator) =>
    expect.poll(() => of.evaluate((element) => element === document.activeElement)).toBe(true)
  const tell = (runId: string) =>
    appendEvents(database.db, [{ runId, beadId: null, kind: 'run' as const, data: { status: 'running' } }])

  /** A run whose second bead is at work, and what lets it go on to its third. */
  async function seedWorking() {
    const [known] = await database.db.select().from(runs).where(eq(runs.id, long))
    const run = await seedRun(database.db, {
      repositoryId: known?.repositoryId ?? expect.fail('no repository'),
      title: 'Work that goes from step to step',
      status: 'running',
      at: new Date(),
      state: { step: 'coder' },
    })
    const [row] = await database.db.select().from(runs).where(eq(runs.id, run))
    const state = row?.state ?? expect.fail('no state')
    const began = async (seq: number, step: string) => {
      const id = await longBead(database.db, run, seq, step)
      await database.db.update(beads).set({ state, status: 'running', endedAt: null }).where(eq(beads.id, id))
      return id
    }
    await longBead(database.db, run, 1, 'planner')
    const coder = await began(2, 'coder')
    const goOn = async () => {
      await database.db
        .update(beads)
        .set({ status: 'completed', endedAt: new Date() })
        .where(eq(beads.id, coder))
      await began(3, 'reviewer')
      await database.db.update(runs).set({ step: 'reviewer' }).where(eq(runs.id, run))
      await tell(run)
    }
    return { run, goOn }
  }

  it('has nothing that axe finds wrong, in either theme', async () => {
    const page = await dashboard.open(`/runs/${long}?bead=2&turn=5&line=7`)
    await row(page, 7).waitFor()
    expect(await axeInBothThemes(page, { only: 'section[aria-label="Live log"]' })).toEqual([])
    // The log covers what it stands over, and a commit's short id is no part of what its button does.
    const without = ['target-size', 'label-content-name-mismatch']
    for (const query of ['bead=2&turn=5', 'bead=2', 'tab=calls', 'tab=plan', 'tab=raw']) {
      await page.goto(`${dashboard.server.url}/runs/${long}?${query}`)
      expect(await axeInBothThemes(page, { only: 'main', without }), query).toEqual([])
    }
    await page.close()
  })

  it('complains of nothing but what was gone', () => {
    expect(dashboard.complaints.filter((text) => !/status of 404/.test(text))).toEqual([])
  })
})
