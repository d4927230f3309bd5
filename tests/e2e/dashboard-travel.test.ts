import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { packageFile } from '@/lib/root'
import { chromiumPath } from '../support/browser'
import { type Dashboard, openActions, openDashboard, signIn } from '../support/dashboard'
import { requires } from '../support/require'
import { isBuilt } from '../support/server'

const ready =
  requires('chromium', chromiumPath() !== undefined) &&
  requires('chromium', isBuilt(), 'the app is not built (`npm run build` first)')

describe.skipIf(!ready)('time travel on the dashboard', () => {
  let dashboard: Dashboard
  const runs = () => dashboard.server.seeded?.runs ?? expect.fail('not seeded')

  beforeAll(async () => {
    dashboard = await openDashboard({ seeded: true })
    await signIn(dashboard)
  })
  afterAll(() => dashboard?.close())

  it('forks a run at a turn, says what is wrong before, and shows where it comes from', async () => {
    const page = await dashboard.open(`/runs/${runs().merged}?bead=3`)
    await page.getByRole('button', { name: 'Fork here' }).waitFor()
    await page.getByRole('link', { name: /It uses a local Date/ }).click()
    await page.getByRole('button', { name: 'Fork after this turn' }).click()
    const dialog = page.getByRole('dialog', { name: 'Fork at coder (step 3), after turn 2' })
    await dialog.getByText('Another prompt').click()
    const prompt = packageFile('prompts/coder.md').replace('placeholders: [', 'placeholders: [isue, ')
    await dialog.getByLabel('Its text').fill(prompt)
    await dialog.getByRole('button', { name: 'Fork and start' }).click()
    await dialog.getByRole('alert').getByText('Did you mean {{issue}}?').waitFor()
    await dialog.getByLabel('Its text').fill('')
    await dialog.getByLabel('Model').fill('another-model')
    await dialog.getByLabel('Budget in dollars').fill('0.75')
    await dialog.getByRole('button', { name: 'Fork and start' }).click()
    await page.waitForURL((url) => !url.pathname.endsWith(runs().merged))
    const forks = page.getByRole('region', { name: 'Forks' })
    expect(await forks.innerText()).toMatch(
      /Forked from\s+Leap seconds break the week view\s+at coder, turn 2/,
    )
    await page.getByText('of $0.75').waitFor()
    await forks.getByRole('link', { name: /Leap seconds/ }).click()
    await page.waitForURL(`**/runs/${runs().merged}?bead=3&turn=2`)
    const here = page.getByRole('region', { name: 'Forks' })
    expect(await here.getByRole('link', { name: 'Compare the two' }).count()).toBe(2)
    await page.close()
  })

  it('compares two runs: where they part, what each cost, which files differ, with links into each', async () => {
    const page = await dashboard.open(`/runs/${runs().merged}/compare?with=${runs().fork}`)
    await page.getByText('They part at coder 2: another model, other tool calls, another commit.').waitFor()
    const steps = page.getByRole('region', { name: 'Steps' }).getByRole('listitem')
    const marked = await steps.filter({ hasText: 'First difference' }).allInnerTexts()
    expect(marked).toHaveLength(1)
    expect(marked[0]).toContain('taken over in part')
    expect(marked[0]).toMatch(/Model claude-sonnet-4-5\s+Model gpt-4\.1/)
    expect(marked[0]).toMatch(
      /Tools edit_file 1, read_file 1, run_command 1\s+Tools edit_file 1, read_file 1\s/,
    )
    const evidence = page.getByRole('table', { name: 'What the checks measured' })
    expect(await evidence.getByRole('row', { name: /^Coverage , not the same/ }).innerText()).toContain(
      '97.3%',
    )
    expect(await evidence.getByRole('row', { name: /^Tests , not the same/ }).innerText()).toContain(
      '45 passed',
    )
    await steps.filter({ hasText: 'only in the first' }).first().waitFor()
    const facts = page.getByRole('table', { name: 'The two runs' })
    expect(await facts.getByRole('row', { name: /Cost/ }).innerText()).toMatch(
      /\$0\.27\s+\$0\.02\s+and \$0\.\d\d inherited/,
    )
    await page.getByRole('region', { name: 'Files changed' }).getByText('1 of 3 files differ').waitFor()
    await page
      .getByRole('link', { name: /in the second/ })
      .first()
      .click()
    await page.waitForURL(new RegExp(`/runs/${runs().fork}\\?tab=diff#.`))
    const path = decodeURI(new URL(page.url()).hash.slice(1))
    const lines = page.getByRole('region', { name: 'Changed lines' })
    await lines.getByRole('button', { name: path }).waitFor()
    const none = await dashboard.open(`/runs/${runs().merged}/compare?with=nobody`)
    await none
      .getByRole('link', { name: /Its fork at coder, turn 2/ })
      .first()
      .waitFor()
    await none.close()
    await page.close()
  })

  it('offers a run without forks others to be compared with, the newest first, and one with itself is the same', async () => {
    const page = await dashboard.open(`/runs/${runs().failed}`)
    await openActions(page)
    await page.getByRole('menuitem', { name: 'Compare' }).click()
    await page.getByRole('heading', { level: 1, name: 'Compare with which run?' }).waitFor()
    const near = page.getByRole('table', { name: 'The same repository, acme/billing' })
    const [names = '', newest = ''] = await near.getByRole('row').allInnerTexts()
    expect(names).toMatch(/^Status\s+Run\s+Repository/)
    expect(newest).toContain('Export invoices as CSV')
    await near
      .getByRole('link', { name: /Currency signs/ })
      .first()
      .click()
    await page.waitForURL(/compare\?with=/)
    await page.getByText(/^They part at /).waitFor()
    await page.goto(`${dashboard.server.url}/runs/${runs().merged}/compare?with=${runs().merged}`)
    await page.getByText('No step differs in what was compared.').waitFor()
    await page.getByText('What models wrote and what tools gave was not.').waitFor()
    await page.setViewportSize({ width: 390, height: 780 })
    const here = await page
      .getByRole('navigation', { name: 'Breadcrumbs' })
      .getByText('Compare')
      .boundingBox()
    const search = await page.getByRole('button', { name: 'Search and commands' }).boundingBox()
    expect((here?.x ?? 0) + (here?.width ?? 0)).toBeLessThanOrEqual(search?.x ?? 0)
    await page.close()
  })

  it('replays a run, and says where it parts', async () => {
    const page = await dashboard.open(`/runs/${runs().merged}`)
    await openActions(page)
    await page.getByRole('menuitem', { name: 'Replay' }).click()
    await page.waitForURL(/tab=replay/)
    // The seeded audit log is no whole history, and its turns are of a prompt that is not on this machine.
    await page.getByText('It parts at prepare (step 0), its end: the route after approved.').waitFor()
    await page.getByText('+ refused at prepare (queued)').waitFor()
    await page
      .getByText(/Its prompt is not ours/)
      .first()
      .waitFor()
    await page.close()
  })

  it('retries from the step that is looked at, where the run allows it', async () => {
    const page = await dashboard.open(`/runs/${runs().failed}?bead=2`)
    await page.getByRole('button', { name: 'Retry from here' }).click()
    const dialog = page.getByRole('dialog', { name: 'Retry this run from planner?' })
    expect(await dialog.getByLabel('From').inputValue()).toBe('planner')
    await page.close()
    const merged = await dashboard.open(`/runs/${runs().merged}?bead=3`)
    await merged.getByRole('button', { name: 'Fork here' }).waitFor()
    expect(await merged.getByRole('button', { name: 'Retry from here' }).count()).toBe(0)
    await merged.close()
  })

  it('lists what was given up, and puts it back with the result of each', async () => {
    const home = await dashboard.open('/')
    await home
      .getByRole('heading', { level: 1 })
      .getByText(/\d runs were given up/)
      .waitFor()
    await home.getByRole('link', { name: 'Look at what was given up' }).click()
    await home.waitForURL('**/timeline?status=given_up')
    await home.getByText('The model did not answer: 529 overloaded.').first().waitFor()
    await home
      .getByText(/coder, 5 tries/)
      .first()
      .waitFor()
    for (const box of await home.getByRole('checkbox').all()) await box.uncheck()
    await home.getByLabel('Put back: Currency signs').check()
    await home.getByLabel('Why').fill('The model is back.')
    await home.getByRole('button', { name: 'Put back 1 run' }).click()
    const results = home.getByRole('list', { name: 'What became of them' })
    await results.getByText(/Currency signs are lost in the PDF export: goes on at coder\./).waitFor()
    await home
      .getByRole('list', { name: 'Given up' })
      .getByText('Currency signs')
      .waitFor({ state: 'detached' })
    await home.close()
  })

  it('puts back all that was given up from Home, with the reason in the audit log', async () => {
    const home = await dashboard.open('/')
    const given = home.getByRole('region', { name: 'Runs that were given up' })
    await given.getByLabel('Why').fill('The provider is well again.')
    await given.getByRole('button', { name: /^Put back (?:the run|all)/ }).click()
    await given.getByText(/Week numbers of the Persian calendar: goes on at coder\./).waitFor()
    await home.close()
    const audit = await dashboard.open('/audit')
    await audit
      .getByText(/The provider is well again\./)
      .first()
      .waitFor()
    await audit.close()
  })

  it('complains of nothing', () => expect(dashboard.complaints).toEqual([]))
})
