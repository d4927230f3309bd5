import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { eq, sql } from 'drizzle-orm'
import { beforeAll, describe, expect, it } from 'vitest'
import { auditLog, beads, runs, turns } from '@/drizzle/schema'
import { packageFile } from '@/lib/root'
import { forkReaders } from '@/lib/runtime/fork'
import { replayer } from '@/lib/runtime/replay'
import { forkRun } from '@/lib/services/runs/fork'
import { replayRun } from '@/lib/services/runs/replay'
import type { RunView } from '@/lib/services/views'
import { mirrorPath } from '@/lib/workspace/git/mirror'
import { haveBubblewrap, pipeline } from '../support/pipeline'
import { userGit } from '../support/repos'
import { approval, finish, objection, script } from '../support/small-project'

const line = pipeline()
const able = await haveBubblewrap()
const whole = {
  steps: ['planner', 'coder', 'reviewer', 'tester', 'pr', 'evaluate', 'gate:pre-merge-main', 'merge'],
}
type Input = Omit<Parameters<typeof replayRun>[0]['input'], 'run'>
const replay = (run: string, input: Input = {}) =>
  replayRun({ ctx: line.ctx, input: { ...input, run }, replayer: replayer(line.home) })

describe.skipIf(!able)('a replay', () => {
  let run: RunView
  let root: string

  beforeAll(async () => {
    const project = await line.project({
      script: script({ reviewer: ({ nth }) => finish(nth === 1 ? objection : approval) }),
    })
    root = project.root
    run = await line.approved(await line.run(root, { overrides: whole }))
    expect([run.status, run.error]).toEqual(['succeeded', null])
  })

  it('of what has not changed is the same in every turn, move and tool, and writes nothing', async () => {
    const before = await counts()
    const refs = () => userGit(mirrorPath(line.home, root), 'for-each-ref', '--format=%(refname)')
    const were = refs()
    const report = await replay(run.id, { tools: true })
    expect(report).toMatchObject({
      same: true,
      route: { parting: null },
      tools: { note: null, partings: [] },
    })
    const turnsOf = await line.turns(run)
    expect(report.beads.reduce((sum, bead) => sum + bead.same, 0)).toBe(turnsOf.length)
    expect(report.tools?.ran).toBeGreaterThan(1)
    expect(report.summary).toMatch(
      new RegExp(`^The same in all ${turnsOf.length} turns, \\d+ tool calls and \\d+ moves`),
    )
    expect(await counts()).toEqual(before)
    expect(refs()).toBe(were)
  })

  it('with another prompt names the first turn that parts, and the lines', async () => {
    const prompt = packageFile('prompts/reviewer.md').replace('# System\n', '# System\nBe brief.\n')
    const report = await replay(run.id, { prompts: { reviewer: prompt } })
    const reviewer = run.beads.find((bead) => bead.step === 'reviewer')
    expect(report.same).toBe(false)
    expect(report.summary).toBe(`It parts at reviewer (step ${reviewer?.seq}), turn 1: the system prompt.`)
    const found = report.beads.find((bead) => bead.seq === reviewer?.seq)
    expect(found).toMatchObject({ same: 0, parting: { turn: 1, place: 'the system prompt' } })
    expect(found?.parting?.lines).toContain('+ Be brief.')
    expect(
      report.beads.filter((bead) => bead.step !== 'reviewer').every((bead) => bead.parting === null),
    ).toBe(true)
  })

  it('of tools that cannot be run is not called the same: no mirror here, or a commit that is gone', async () => {
    const elsewhere = await replayRun({
      ctx: line.ctx,
      input: { run: run.id, tools: true },
      replayer: replayer(line.folder()),
    })
    expect(elsewhere).toMatchObject({ same: false, tools: { ran: 0, same: 0, partings: [] } })
    expect(elsewhere.tools?.left).toBeGreaterThan(1)
    expect(elsewhere.summary).toMatch(
      /^The same in all \d+ turns and \d+ moves of the router\. Its tools could not be compared: .+ mirror is not on this machine\.$/,
    )
    const of = eq(runs.id, run.id)
    await line.ctx.db
      .update(runs)
      .set({ baseSha: 'd'.repeat(40) })
      .where(of)
    const reviewer = run.beads.find((bead) => bead.step === 'reviewer')
    const ofReviewer = eq(turns.beadId, reviewer?.id ?? '')
    const [asked] = await line.ctx.db.select({ hash: turns.promptHash }).from(turns).where(ofReviewer)
    await line.ctx.db.update(turns).set({ promptHash: 'of their own' }).where(ofReviewer)
    const gone = await replay(run.id, { tools: true })
    await line.ctx.db
      .update(turns)
      .set({ promptHash: asked?.hash ?? '' })
      .where(ofReviewer)
    expect(gone.beads.find((bead) => bead.seq === reviewer?.seq)).toMatchObject({
      parting: null,
      note: expect.stringContaining('Its prompt is not ours'),
    })
    expect(gone).toMatchObject({ same: false, tools: { ran: 0, note: expect.stringContaining('no commit') } })
    await line.ctx.db.update(runs).set({ baseSha: run.baseSha }).where(of)
    const coder = run.beads.find((bead) => bead.step === 'coder')
    const ofCoder = eq(beads.id, coder?.id ?? '')
    await line.ctx.db
      .update(beads)
      .set({ baseSha: 'e'.repeat(40) })
      .where(ofCoder)
    const partly = await replay(run.id, { tools: true })
    await line.ctx.db
      .update(beads)
      .set({ baseSha: coder?.baseSha ?? null })
      .where(ofCoder)
    expect(partly).toMatchObject({ same: false, tools: { partings: [] } })
    expect(partly.tools?.ran).toBeGreaterThan(0)
    expect(partly.summary).toMatch(/ Not all of its tools could be compared: The mirror has no commit eeee/)
  })

  it('names a prompt of the repository that is refused today, in the beads that it is for', async () => {
    const prompt = packageFile('prompts/coder.md').replace('placeholders: [', 'placeholders: [isue, ')
    const mirror = mirrorPath(line.home, root)
    const work = join(line.folder(), 'base')
    userGit(root, 'clone', '--quiet', root, work)
    mkdirSync(join(work, '.devpilot/prompts'), { recursive: true })
    writeFileSync(join(work, '.devpilot/prompts/coder.md'), prompt)
    userGit(work, 'add', '.')
    userGit(work, 'commit', '--quiet', '--message', 'Another prompt')
    const baseSha = userGit(work, 'rev-parse', 'HEAD').trim()
    userGit(mirror, 'fetch', '--quiet', work, `${baseSha}:refs/tests/base`)
    const of = eq(runs.id, run.id)
    await line.ctx.db.update(runs).set({ baseSha }).where(of)
    const report = await replay(run.id)
    await line.ctx.db.update(runs).set({ baseSha: run.baseSha }).where(of)
    const coder = run.beads.find((bead) => bead.step === 'coder')
    expect(report.same).toBe(false)
    expect(report.summary).toBe(
      `It parts at coder (step ${coder?.seq}), turn 1: the prompt coder.md, which is refused today.`,
    )
    for (const bead of report.beads) {
      expect([bead.step, bead.parting === null]).toEqual([bead.step, bead.step !== 'coder'])
      if (bead.step !== 'coder') expect(bead.same).toBe(bead.turns)
    }
    expect(report.beads.find((bead) => bead.step === 'coder')?.parting?.lines).toMatch(
      /unknown placeholder \{\{isue\}\}\. Did you mean \{\{issue\}\}\? The prompt coder\.md is given/,
    )
    await expect(replay(run.id, { prompts: { coder: prompt } })).rejects.toMatchObject({ code: 'bad_config' })
  })

  it('with another threshold names the bead where the route parts', async () => {
    const config = 'agents:\n  reviewer:\n    auto_approve_threshold: 0.99\n'
    const report = await replay(run.id, { config })
    const second = run.beads.filter((bead) => bead.step === 'reviewer')[1]
    expect(report.route).toMatchObject({
      parting: { bead: second?.seq, step: 'reviewer', turn: null, place: 'the route after reviewed' },
      reason: expect.stringContaining('under the 0.99 asked for'),
    })
    expect(report.route.parting?.lines).toBe('  - tester (running)\n  + gate:confidence-gate (running)')
    await expect(replay(run.id, { config: 'agents:\n  rviewer: {}\n' })).rejects.toMatchObject({
      code: 'bad_config',
    })
  })

  it('of a fork begins where the fork does', async () => {
    const { id } = await forkRun({
      ctx: line.ctx,
      input: { run: run.id, at: 'tester', turn: 1 },
      readers: forkReaders,
    })
    const forked = await line.rested(id)
    expect([forked.status, forked.error]).toEqual(['waiting_gate', null])
    const report = await replay(id)
    expect([report.summary, report.same]).toEqual([
      expect.stringMatching(/^The same in its one turn and/),
      true,
    ])
  })

  it('finds a tool whose result is another one', async () => {
    const tester = run.beads.find((bead) => bead.step === 'tester')
    const [turn] = (await line.turns(run)).filter((one) =>
      one.toolCalls.some((call) => call.name === 'write_file'),
    )
    const results = (turn?.toolResults ?? []).map((result) => ({ ...result, content: 'Wrote nothing.' }))
    await line.ctx.db
      .update(turns)
      .set({ toolResults: results })
      .where(eq(turns.id, turn?.id ?? ''))
    const report = await replay(run.id, { tools: true })
    expect(report.tools?.partings).toMatchObject([
      { bead: tester?.seq, turn: turn?.seq, place: 'the tool write_file' },
    ])
    // The next request was made from the result that was there.
    expect(report.beads.find((bead) => bead.seq === tester?.seq)?.parting).toMatchObject({ turn: 2 })
  })

  const counts = async () => ({
    audit: await line.ctx.db.select({ n: sql`count(*)` }).from(auditLog),
    runs: await line.ctx.db.select({ at: runs.updatedAt }).from(runs),
    turns: await line.ctx.db.select({ n: sql`count(*)` }).from(turns),
  })
})
