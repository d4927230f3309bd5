import { afterEach, describe, expect, it } from 'vitest'
import type { OpenPullRequest } from '@/lib/forge/forge'
import { closeForgeBenches, type ForgeBench, forgeBenches } from '../support/forge-benches'
import { commit } from '../support/forge-repositories'

afterEach(closeForgeBenches)

const request = (branch: string, headSha: string, more: Partial<OpenPullRequest> = {}): OpenPullRequest => ({
  key: 'run-1/pr',
  branch,
  target: 'main',
  headSha,
  title: 'Mend the size',
  body: 'Closes #1',
  draft: true,
  ...more,
})

async function opened(bench: ForgeBench, files: Record<string, string | null> = { 'new.txt': 'new\n' }) {
  const headSha = commit(bench.mirror, { branch: 'devpilot/1', from: bench.main, files })
  await bench.forge.push({ mirror: bench.mirror, branch: 'devpilot/1', headSha })
  const pull = await bench.forge.openPullRequest(request('devpilot/1', headSha))
  return { headSha, number: pull.number, pull }
}

describe.each(forgeBenches)('the forge: $name', ({ make }) => {
  it('brings a branch there with the very same commits, once or twice', async () => {
    const bench = await make()
    commit(bench.mirror, { branch: 'devpilot/1', from: bench.main, files: { 'a.txt': 'a\n' } })
    const headSha = commit(bench.mirror, {
      branch: 'devpilot/1',
      files: { 'b/ü "x".txt': 'b\n', 'keep.txt': null },
    })
    const input = { mirror: bench.mirror, branch: 'devpilot/1', headSha }
    await bench.forge.push(input)
    await bench.forge.push(input)
    expect(await bench.tip('devpilot/1')).toBe(headSha)
    const next = commit(bench.mirror, { branch: 'devpilot/1', files: { 'a.txt': 'aa\n' } })
    await bench.forge.push({ ...input, headSha: next })
    expect(await bench.tip('devpilot/1')).toBe(next)
  })

  it("leaves a branch alone that has somebody else's commits", async () => {
    const bench = await make()
    const theirs = commit(bench.mirror, {
      branch: 'devpilot/1',
      from: bench.main,
      files: { 'a.txt': 'theirs\n' },
    })
    await bench.pushedByOthers('feature', theirs)
    const ours = commit(bench.mirror, { branch: 'x', from: bench.main, files: { 'a.txt': 'ours\n' } })
    const push = bench.forge.push({ mirror: bench.mirror, branch: 'feature', headSha: ours })
    await expect(push).rejects.toMatchObject({ code: 'conflict', mend: expect.stringContaining('feature') })
    expect(await bench.tip('feature')).toBe(theirs)
  })

  it('refuses a branch name that git would read as an option', async () => {
    const bench = await make()
    const push = bench.forge.push({ mirror: bench.mirror, branch: '--upload-pack=x', headSha: bench.main })
    await expect(push).rejects.toMatchObject({ code: 'bad_request' })
  })

  it('opens one pull request for one key', async () => {
    const bench = await make()
    const { headSha, pull } = await opened(bench)
    expect(pull).toMatchObject({
      branch: 'devpilot/1',
      target: 'main',
      headSha,
      state: 'draft',
      mergeSha: null,
    })
    const again = await bench.forge.openPullRequest(
      request('devpilot/1', headSha, { title: 'Another title' }),
    )
    expect(again).toEqual(pull)
    expect(await bench.pulls()).toBe(1)
    expect(await bench.forge.getPullRequest(pull.number)).toEqual(pull)
    expect(await bench.forge.getPullRequest(9999)).toBeNull()
  })

  it('opens another one, once, where a person closed the first', async () => {
    const bench = await make()
    const { headSha, pull } = await opened(bench)
    await bench.closedByOthers(pull.number)
    const second = await bench.forge.openPullRequest(request('devpilot/1', headSha))
    expect(second).toEqual({ ...pull, number: pull.number + 1, url: expect.any(String) })
    expect(await bench.forge.openPullRequest(request('devpilot/1', headSha))).toEqual(second)
    expect(await bench.pulls()).toBe(2)
    expect(await bench.forge.getPullRequest(pull.number)).toMatchObject({ state: 'closed' })
    await bench.forge.markReady(second.number)
    const merge = { key: 'm', number: second.number, headSha, method: 'merge', message: 'Merge' } as const
    expect(await bench.forge.merge(merge)).toMatchObject({ state: 'merged' })
    expect(await bench.forge.openPullRequest(request('devpilot/1', headSha))).toMatchObject({
      number: second.number,
      state: 'merged',
    })
  })

  it('opens none for a head that is not there', async () => {
    const bench = await make()
    const open = bench.forge.openPullRequest(request('devpilot/none', bench.main))
    await expect(open).rejects.toMatchObject({ code: 'conflict' })
    expect(await bench.pulls()).toBe(0)
  })

  it('comments once for each key', async () => {
    const bench = await make()
    const { number } = await opened(bench)
    const notes = [
      { key: 'r/1', file: 'new.txt', line: 1, body: 'Größer' },
      { key: 'r/2', file: 'new.txt', line: null, body: 'whole file' },
    ]
    for (let time = 0; time < 2; time++) {
      await bench.forge.comment(number, { key: 'c/1', body: 'hello' })
      await bench.forge.addReviewComments(number, notes)
    }
    await bench.forge.comment(number, { key: 'c/2', body: 'hello' })
    const said = await bench.said(number)
    expect(said).toHaveLength(4)
    expect(said.filter((body) => body.startsWith('hello'))).toHaveLength(2)
    expect(said.some((body) => body.startsWith('Größer'))).toBe(true)
  })

  it('puts labels on and takes them off, once, and leaves others alone', async () => {
    const bench = await make()
    const { number } = await opened(bench)
    for (let time = 0; time < 2; time++)
      await bench.forge.setLabels(number, { add: ['devpilot', 'Änderung'], remove: ['none'] })
    expect((await bench.labels(number)).sort()).toEqual(['devpilot', 'Änderung'].sort())
    await bench.forge.setLabels(number, { add: [], remove: ['devpilot'] })
    await bench.forge.setLabels(number, { add: [], remove: ['devpilot'] })
    expect(await bench.labels(number)).toEqual(['Änderung'])
    const none = bench.forge.setLabels(4711, { add: ['x'], remove: [] })
    await expect(none).rejects.toMatchObject({ code: expect.stringMatching(/not_found|forge_error/) })
  })

  it('shows a check on a commit, once for what it says, and the newest counts', async () => {
    const bench = await make()
    const { headSha } = await opened(bench)
    const check = { headSha, state: 'pending', summary: 'under way', url: 'http://x.test/runs/1' } as const
    await bench.forge.setCheck(check)
    await bench.forge.setCheck(check)
    expect(await bench.checks(headSha)).toEqual([
      expect.stringMatching(/pending\s+under way\s+http:\/\/x.test/),
    ])
    const done = { ...check, state: 'failure', summary: `größer\n${'x'.repeat(300)}` } as const
    await bench.forge.setCheck(done)
    await bench.forge.setCheck(done)
    const shown = await bench.checks(headSha)
    expect(shown[0]).toMatch(/failure\s+größer/)
    expect(shown.length).toBeLessThanOrEqual(2)
    const nowhere = bench.forge.setCheck({ ...check, headSha: 'f'.repeat(40) })
    await expect(nowhere).rejects.toMatchObject({ code: expect.stringMatching(/forge_error|not_found/) })
  })

  it('keeps checks of two names apart', async () => {
    const bench = await make()
    const { headSha } = await opened(bench)
    const check = { headSha, state: 'success', summary: 'fine', url: 'http://x.test/runs/1' } as const
    await bench.forge.setCheck(check)
    const other = { ...check, name: 'devpilot/2', state: 'error', summary: 'over' } as const
    await bench.forge.setCheck(other)
    await bench.forge.setCheck(other)
    await bench.forge.setCheck(check)
    const shown = (await bench.checks(headSha)).join('\n')
    expect(shown.match(/success/g)).toHaveLength(1)
    expect(shown.match(/error\s+over/g)).toHaveLength(1)
  })

  it('lets no key out, whatever text it stands in', async () => {
    const bench = await make()
    const key = `ghp_${'a1B2'.repeat(9)}`
    const headSha = commit(bench.mirror, {
      branch: 'devpilot/1',
      from: bench.main,
      files: { 'a.txt': 'a\n' },
    })
    await bench.forge.push({ mirror: bench.mirror, branch: 'devpilot/1', headSha })
    const asked = request('devpilot/1', headSha, { title: `title ${key}`, body: `body ${key}` })
    const { number } = await bench.forge.openPullRequest(asked)
    const url = 'http://x.test/runs/1'
    await bench.forge.setCheck({ headSha, state: 'failure', summary: `check ${key}`, url })
    await bench.forge.addReviewComments(number, [{ key: 'r', file: 'a.txt', line: 1, body: `review ${key}` }])
    await bench.forge.comment(number, { key: 'c', body: `comment ${key}` })
    await bench.forge.markReady(number)
    const message = `merge ${key}\n\nlong ${key}`
    await bench.forge.merge({ key: 'm', number, headSha, method: 'merge', message })
    const text = await bench.everything(number)
    for (const word of ['title', 'body', 'check', 'review', 'comment', 'merge', 'long'])
      expect(text).toContain(`${word} [redacted]`)
    expect(text).not.toContain(key)
  })

  it('makes a draft ready, and does not merge it before', async () => {
    const bench = await make()
    const { number, headSha } = await opened(bench)
    const merge = { key: 'm', number, headSha, method: 'merge', message: 'Merge' } as const
    await expect(bench.forge.merge(merge)).rejects.toMatchObject({ code: 'conflict' })
    await bench.forge.markReady(number)
    await bench.forge.markReady(number)
    expect(await bench.forge.getPullRequest(number)).toMatchObject({ state: 'open' })
    expect(await bench.tip('main')).toBe(bench.main)
  })

  it.each(['merge', 'squash', 'rebase', 'fast-forward'] as const)('merges once: %s', async (method) => {
    const bench = await make()
    const { number, headSha } = await opened(bench, { 'ordner/größe.txt': 'groß\n' })
    await bench.forge.markReady(number)
    const input = { key: 'run-1/merge', number, headSha, method, message: 'Mend the size\n\nIt was wrong.' }
    const merged = await bench.forge.merge(input)
    const tip = await bench.tip('main')
    expect(merged).toMatchObject({ state: 'merged', mergeSha: tip, headSha })
    expect(await bench.onMain('ordner/größe.txt')).toBe('groß')
    expect(await bench.forge.merge(input)).toMatchObject({ state: 'merged', mergeSha: tip })
    expect(await bench.tip('main')).toBe(tip)
    if (method === 'fast-forward') expect(tip).toBe(headSha)
    else expect(tip).not.toBe(bench.main)
  })

  it.each(['merge', 'fast-forward'] as const)(
    'does not merge another head than the approved one: %s',
    async (method) => {
      const bench = await make()
      const { number } = await opened(bench)
      await bench.forge.markReady(number)
      const headSha = commit(bench.mirror, {
        branch: 'other',
        from: bench.main,
        files: { 'other.txt': 'x\n' },
      })
      await bench.forge.push({ mirror: bench.mirror, branch: 'other', headSha })
      const merge = bench.forge.merge({ key: 'm', number, headSha, method, message: 'Merge' })
      await expect(merge).rejects.toMatchObject({ code: 'conflict' })
      expect(await bench.tip('main')).toBe(bench.main)
      expect(await bench.forge.getPullRequest(number)).toMatchObject({ state: 'open' })
    },
  )

  it.each(['merge', 'fast-forward'] as const)(
    'does not merge into another branch, or onto another commit, than was approved: %s',
    async (method) => {
      const bench = await make()
      const { number, headSha } = await opened(bench)
      await bench.forge.markReady(number)
      const input = { key: 'm', number, headSha, method, message: 'Merge' } as const
      const stale = { code: 'stale_evidence' }
      await expect(bench.forge.merge({ ...input, target: 'side' })).rejects.toMatchObject(stale)
      await expect(bench.forge.merge({ ...input, targetSha: headSha })).rejects.toMatchObject(stale)
      expect(await bench.tip('main')).toBe(bench.main)
      const right = { ...input, target: 'main', targetSha: bench.main }
      expect(await bench.forge.merge(right)).toMatchObject({ state: 'merged' })
      // Its own merge moved the target, which is no reason not to know it.
      expect(await bench.forge.merge(right)).toMatchObject({ state: 'merged' })
    },
  )

  it('reads an issue with what was said on it', async () => {
    const bench = await make()
    const number = await bench.addIssue()
    await bench.forge.comment(number, { key: 'k', body: 'nothing to do' })
    await bench.forge.comment(number, { key: 'k', body: 'nothing to do' })
    const issue = await bench.forge.getIssue(number)
    expect(issue).toMatchObject({
      number,
      title: 'Größe stimmt nicht',
      body: 'The size is wrong.',
      labels: ['bug'],
    })
    expect(issue.author).not.toBe('')
    expect(issue.comments).toHaveLength(1)
    expect(issue.comments[0]?.body).toContain('nothing to do')
    await expect(bench.forge.getIssue(4711)).rejects.toMatchObject({ code: 'not_found' })
  })

  it('knows no pull request of that number', async () => {
    const { forge } = await make()
    await expect(forge.markReady(88)).rejects.toMatchObject({ code: 'not_found', mend: expect.any(String) })
  })
})
