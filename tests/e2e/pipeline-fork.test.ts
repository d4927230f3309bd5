import { describe, expect, it } from 'vitest'
import { packageFile } from '@/lib/root'
import { forkReaders } from '@/lib/runtime/fork'
import { decideGate } from '@/lib/services/gates/decide'
import { forkRun } from '@/lib/services/runs/fork'
import { getRun } from '@/lib/services/runs/get'
import { signalRun } from '@/lib/services/runs/signal'
import type { RunView } from '@/lib/services/views'
import { haveBubblewrap, type Project, pipeline, stepsOf } from '../support/pipeline'
import { userGit } from '../support/repos'
import { approval, codedWell, finish, objection, script, theEdit } from '../support/small-project'

const line = pipeline()
const able = await haveBubblewrap()
const whole = {
  steps: ['planner', 'coder', 'reviewer', 'tester', 'pr', 'evaluate', 'gate:pre-merge-main', 'merge'],
}
type Fork = Omit<Parameters<typeof forkRun>[0]['input'], 'run'>
const fork = async (of: RunView, input: Fork): Promise<RunView> => {
  const { id } = await forkRun({ ctx: line.ctx, input: { ...input, run: of.id }, readers: forkReaders })
  return line.rested(id)
}
const brief = packageFile('prompts/coder.md').replace('# System\n', '# System\nBe brief.\n')

describe.skipIf(!able)('a fork', () => {
  let project: Project
  let original: RunView
  let forked: RunView

  it('at a turn goes on from it with another prompt, on a branch and a pull request of its own', async () => {
    project = await line.project()
    const { root, model } = project
    original = await line.run(root, { overrides: whole })
    expect([original.status, original.error]).toEqual(['waiting_gate', null])
    const asked = model.asked.length
    forked = await fork(original, { at: 'coder', turn: 1, prompts: { coder: brief }, budgetUsd: 1 })
    expect([forked.status, forked.error]).toEqual(['waiting_gate', null])
    // The plan and the edit were paid for: the first call is the coder's second turn.
    const calls = model.asked.slice(asked)
    expect(calls.map((call) => call.role)).toEqual(['coder', 'reviewer', 'tester', 'tester'])
    expect(calls[0]?.body).toContain('Be brief.')
    expect(calls[0]?.body).toContain('Replaced 1 place in src/add.js')
    expect(stepsOf(forked)).toEqual(stepsOf(original))
    const coder = forked.beads.find((bead) => bead.step === 'coder')
    const theirs = original.beads.find((bead) => bead.step === 'coder')
    expect(coder).toMatchObject({
      seq: theirs?.seq,
      inherited: { run: original.id, bead: theirs?.id, turns: 1 },
    })
    const turns = await line.turns(forked)
    const paid = turns.filter((turn) => turn.inheritedMicros === null)
    expect([turns.length, paid.length, forked.turns]).toEqual([6, 4, 4])
    expect(forked.costMicros).toBe(paid.reduce((sum, turn) => sum + turn.costMicros, 0))
    expect(forked.budgetMicros).toBe(1_000_000)
    expect(forked).toMatchObject({
      forkOf: original.id,
      fork: { run: original.id, place: { step: 'coder', turn: 1 } },
    })
    expect(forked.branch).not.toBe(original.branch)
    expect(forked.pullRequest?.number).not.toBe(original.pullRequest?.number)
    expect(forked.pullRequest).toMatchObject({ state: 'draft', branch: forked.branch })
    expect((await line.audit(forked)).at(-1)).toMatchObject({
      action: 'run.forked',
      data: { fork_of: original.id },
    })
  })

  it('is not disturbed when the original is merged', async () => {
    const merged = await line.approved(original)
    expect([merged.status, merged.forks.map((one) => one.run)]).toEqual(['succeeded', [forked.id]])
    const gate = await line.gate(await line.rested(forked.id))
    expect([gate.runId, gate.status]).toEqual([forked.id, 'waiting'])
    expect(userGit(project.root, 'rev-parse', forked.branch ?? '')).toBe(forked.headSha)
    await decideGate({
      ctx: line.ctx,
      input: { gate: gate.id, decision: 'reject', reason: 'The other one is in.', evidence: gate.evidence },
    })
  })

  it('can be forked at a turn of its own', async () => {
    const { model } = project
    const before = model.asked.length
    const third = await fork(forked, { at: 'tester', turn: 1 })
    expect([third.status, third.error]).toEqual(['waiting_gate', null])
    expect(model.asked.slice(before).map((call) => call.role)).toEqual(['tester'])
    expect(third.beads.find((bead) => bead.step === 'planner')?.inherited?.run).toBe(original.id)
    expect(third.beads.find((bead) => bead.step === 'tester')?.inherited?.run).toBe(forked.id)
  })

  it('behind the pull request begins at one of its own, and approvals are asked for again', async () => {
    const { root, model } = await line.project()
    const merged = await line.approved(await line.run(root, { overrides: whole }))
    expect([merged.status, merged.error]).toEqual(['succeeded', null])
    const asked = model.asked.length
    const forked = await fork(merged, { at: 'gate:pre-merge-main' })
    expect([forked.status, forked.error]).toEqual(['waiting_gate', null])
    expect(model.asked.length).toBe(asked)
    expect(stepsOf(forked).slice(-4)).toEqual(['evaluate', 'pr', 'evaluate', 'gate:pre-merge-main'])
    expect(stepsOf(forked).filter((step) => step === 'pr')).toHaveLength(1)
    expect(forked.pullRequest?.number).not.toBe(merged.pullRequest?.number)
    expect(forked.gates).toHaveLength(1)
  })

  it('in a loop takes over what the reviewer said, and asks another model', async () => {
    const { root, model } = await line.project({
      script: script({
        coder: ({ turn, nth }) =>
          turn === 0
            ? {
                calls: [
                  nth === 1
                    ? theEdit
                    : [
                        'write_file',
                        { path: 'src/add.js', content: `export function add(a, b) {\n  return b + a\n}\n` },
                      ],
                ],
              }
            : finish(codedWell),
        reviewer: ({ nth }) => finish(nth === 1 ? objection : approval),
      }),
    })
    const original = await line.run(root, { overrides: { steps: ['planner', 'coder', 'reviewer'] } })
    expect([original.status, original.error]).toEqual(['succeeded', null])
    const second = original.beads.filter((bead) => bead.step === 'coder')[1]
    const asked = model.asked.length
    const forked = await fork(original, { at: String(second?.seq), models: { coder: 'another' } })
    expect([forked.status, forked.error]).toEqual(['succeeded', null])
    const calls = model.asked.slice(asked)
    expect(calls.map((call) => call.role)).toEqual(['coder', 'coder', 'reviewer'])
    expect(JSON.parse(calls[0]?.body ?? '{}').model).toBe('another')
    expect(JSON.parse(calls[2]?.body ?? '{}').model).toBe('scripted')
    expect(calls[0]?.body).toContain('Not like this.')
    await expect(
      signalRun({ ctx: line.ctx, input: { kind: 'retry', run: forked.id } }),
    ).rejects.toMatchObject({
      code: 'illegal_transition',
    })
  })

  it('with another provider only is refused at once where that has no model to ask', async () => {
    const { root } = await line.project()
    const original = await line.run(root, { overrides: { steps: ['planner', 'coder'], model: 'scripted' } })
    expect(original.error).toBeNull()
    const refused = async (input: Fork) =>
      fork(original, { at: 'coder', ...input }).then(
        () => null,
        (thrown) => thrown,
      )
    const place = { code: 'bad_config', place: 'provider' }
    expect(await refused({ provider: 'together' })).toMatchObject({
      ...place,
      message: expect.stringMatching(/^provider: /),
      mend: expect.stringContaining('TOGETHER_API_KEY'),
    })
    const config = 'llm: { provider: openai }\n'
    expect(await refused({ provider: 'compatible', config })).toMatchObject({
      ...place,
      message: expect.stringContaining('needs the name of a model'),
      mend: expect.stringContaining('with `model`'),
    })
    expect(await refused({ provider: 'together', model: 'x' })).toMatchObject({ place: 'model' })
    const models = { coder: 'x' }
    expect(await refused({ provider: 'together', at: 'planner', models })).toMatchObject({
      place: 'provider',
    })
    expect((await getRun({ ctx: line.ctx, input: { run: original.id } })).forks).toEqual([])
    const forked = await fork(original, { at: 'coder', provider: 'compatible', model: 'another' })
    expect([forked.status, forked.error]).toEqual(['succeeded', null])
  })

  it('and every run whose prompt cannot be used says so at prepare, before a model is asked', async () => {
    const { root, model } = await line.project()
    const prompts = { reviewer: brief }
    const failed = await line.run(root, { overrides: { ...whole, prompts } })
    expect([failed.status, failed.error?.code, failed.error?.step]).toEqual([
      'failed',
      'bad_config',
      'prepare',
    ])
    expect(failed.error?.message).toContain('reviewer.md has an unknown placeholder')
    expect(model.asked).toEqual([])
  })
})
