import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { baseOpener } from '@/lib/runtime/base'
import { configReader } from '@/lib/runtime/config-reader'
import { addRepository } from '@/lib/services/repositories/add'
import { getConfig } from '@/lib/services/repositories/config-get'
import { proposeConfig } from '@/lib/services/repositories/config-propose'
import { pipeline, stepsOf } from '../support/pipeline'
import { makeRepository, userGit } from '../support/repos'

describe('a devpilot.yaml that a person writes', { timeout: 180_000 }, () => {
  const line = pipeline()
  const ports = () => ({ ctx: line.ctx, open: baseOpener(line.home), reader: configReader })
  async function repository(text: string | null): Promise<{ root: string; id: string }> {
    const files = { 'a.js': '1\n', ...(text === null ? {} : { 'devpilot.yaml': text }) }
    const root = makeRepository(line.folder(), files)
    return { root, id: (await addRepository({ ctx: line.ctx, input: { repository: root } })).id }
  }
  const get = (id: string) => getConfig({ ...ports(), input: { repository: id } })
  const propose = async (id: string, text: string, replaces: string | null) =>
    (await proposeConfig({ ...ports(), input: { repository: id, text, replaces } })).id

  it('that is not valid, changes nothing, or was written on another text starts no run', async () => {
    const { root, id } = await repository('budget:\n  per_run_usd: 2\n')
    const { text, hash } = await get(id)
    await expect(propose(id, 'budgit: 1\n', hash)).rejects.toMatchObject({
      code: 'bad_config',
      place: 'devpilot.yaml:1:1',
    })
    await expect(propose(id, text ?? '', hash)).rejects.toMatchObject({ code: 'bad_request', place: 'text' })
    await expect(propose(id, 'budget: {}\n', null)).rejects.toMatchObject({ code: 'conflict' })
    writeFileSync(join(root, 'devpilot.yaml'), 'budget:\n  per_run_usd: 9\n')
    userGit(root, 'commit', '-qam', 'meanwhile')
    await expect(propose(id, 'budget: {}\n', hash)).rejects.toMatchObject({
      code: 'conflict',
      message: 'devpilot.yaml changed on main while you edited it.',
    })
  })

  it('goes through pull request, gate and merge, and asks no model; protected paths bind agents, not people', async () => {
    const { root, id } = await repository('project:\n  protected_paths: [devpilot.yaml]\n')
    const { hash, branch } = await get(id)
    expect(branch).toBe('main')
    const wanted = 'project:\n  protected_paths: [devpilot.yaml]\nbudget:\n  per_run_usd: 7\n'
    const waiting = await line.rested(await propose(id, wanted, hash))
    expect(stepsOf(waiting)).toEqual(['prepare', 'write', 'pr', 'gate:pre-merge-main'])
    expect(waiting.pullRequest?.labels).toEqual(['needs-review'])
    expect(waiting.pullRequest?.body).not.toMatch(/Tests|Made by DevPilot/)
    const gate = await line.gate(waiting)
    expect(gate.diff).toContain('+  per_run_usd: 7')
    const merged = await line.approved(waiting)
    expect([merged.status, merged.costMicros, merged.turns]).toEqual(['succeeded', 0, 0])
    expect(readFileSync(join(root, 'devpilot.yaml'), 'utf8')).toBe(wanted)
    expect(userGit(root, 'log', '-1', '--format=%B', 'main')).toMatch(/devpilot\.yaml/)
  })

  it('mends one that is not valid, which no other run could begin with; a person is asked all the same', async () => {
    const { root, id } = await repository('supervision:\n  gates: []\nnonsense: 1\n')
    const broken = await line.run(root, { flow: 'scaffold', task: undefined })
    expect([broken.status, broken.error?.code]).toEqual(['failed', 'bad_config'])
    const { hash } = await get(id)
    const waiting = await line.rested(await propose(id, 'project:\n  name: mended\n', hash))
    expect(stepsOf(waiting).at(-1)).toBe('gate:pre-merge-main')
    expect((await line.approved(waiting)).status).toBe('succeeded')
    expect((await get(id)).text).toBe('project:\n  name: mended\n')
  })

  it('ends before it writes when the base changed after it was proposed', async () => {
    const { root, id } = await repository(null)
    const { hash, template } = await get(id)
    expect(hash).toBeNull()
    expect(template).toContain('per_run_usd: 3')
    let run = ''
    await line.still(async () => {
      run = await propose(id, template ?? '', null)
      writeFileSync(join(root, 'devpilot.yaml'), 'budget: {}\n')
      userGit(root, 'add', '-A')
      userGit(root, 'commit', '-qm', 'first')
    })
    const ended = await line.rested(run)
    expect([ended.status, ended.pullRequest]).toEqual(['aborted', null])
    expect(ended.detail).toMatch(/devpilot\.yaml changed on main while it was edited/)
    expect(readFileSync(join(root, 'devpilot.yaml'), 'utf8')).toBe('budget: {}\n')
  })
})
