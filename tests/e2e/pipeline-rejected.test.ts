import { describe, expect, it } from 'vitest'
import { replayer } from '@/lib/runtime/replay'
import { commentGate } from '@/lib/services/gates/comment'
import { decideGate } from '@/lib/services/gates/decide'
import { replayRun } from '@/lib/services/runs/replay'
import { signalRun } from '@/lib/services/runs/signal'
import { haveBubblewrap, pipeline } from '../support/pipeline'
import { userGit } from '../support/repos'
import { codedWell, finish, script, theEdit } from '../support/small-project'

const line = pipeline()
const able = await haveBubblewrap()

/** Does what the plan says, and then what people want. */
const coder = script({
  coder: ({ task, turn }) => {
    if (turn > 0) return finish(codedWell)
    const wished = task.includes('What people want changed')
    const swapped = { path: 'src/add.js', old_text: 'return a + b', new_text: 'return b + a' }
    return { calls: [wished ? ['edit_file', swapped] : theEdit] }
  },
})
const steps = ['planner', 'coder', 'reviewer', 'pr', 'gate:pre-merge-main', 'merge']

describe.skipIf(!able)('a change that was rejected', () => {
  it('goes back to the coder with what people said of it, and is asked about anew', async () => {
    const { root, model } = await line.project({ script: coder })
    const waiting = await line.run(root, { overrides: { steps } })
    const { id: gate, evidence } = await line.gate(waiting)
    const { ctx } = line
    const place = { path: 'src/add.js', side: 'new', line: 2 } as const
    await commentGate({ ctx, input: { gate, body: 'The other way round.', place } })
    await commentGate({ ctx, input: { gate, body: 'And why?', place: { ...place, side: 'old' } } })
    const reason = 'Close, and not yet right.'
    await decideGate({ ctx, input: { gate, decision: 'reject', evidence, reason } })
    expect(await line.rested(waiting.id)).toMatchObject({ status: 'rejected', sendsBackTo: 'coder' })

    const before = model.asked.length
    await signalRun({
      ctx,
      input: { run: waiting.id, kind: 'retry', from: 'coder', reason: 'as it was said' },
    })
    const again = await line.rested(waiting.id)
    expect([again.status, again.step, again.error]).toEqual(['waiting_gate', 'gate:pre-merge-main', null])
    const [first, ...rest] = model.asked.slice(before)
    expect(first?.role).toBe('coder')
    for (const words of [
      'Close, and not yet right.',
      'src/add.js:2: The other way round.',
      '(line 2 of the old file) And why?',
      'return a + b',
    ])
      expect(first?.body).toContain(words)
    const review = rest.find(({ role }) => role === 'reviewer')
    expect(review?.body, 'the reviewer holds the coder to it').toContain('The other way round.')
    expect(again.plan.map(({ id }) => id)).toEqual(['T1', 'P1'])

    const asked = await line.gate(again)
    expect(asked.id).not.toBe(gate)
    expect(asked.diff).toContain('+  return b + a')
    const retried = (await line.audit(again)).find(({ action }) => action === 'run.retried')
    expect(retried?.data).toMatchObject({
      from: 'coder',
      said: [{ body: 'as it was said' }, { body: reason }, { line: 2 }, { line: null }],
    })
    const merged = await line.approved(again)
    expect([merged.status, merged.error]).toEqual(['succeeded', null])
    expect(userGit(root, 'show', 'main:src/add.js')).toContain('return b + a')
    const replayed = await replayRun({ ctx, input: { run: waiting.id }, replayer: replayer(line.home) })
    expect(replayed).toMatchObject({ same: true, route: { parting: null } })
  })

  it('of scaffold is asked about once more, and is not taken for one with nothing to do', async () => {
    const { root } = await line.project()
    const waiting = await line.run(root, { flow: 'scaffold', task: undefined })
    const { id: gate, evidence, diff } = await line.gate(waiting)
    const input = { gate, decision: 'reject', evidence, reason: 'Not today.' } as const
    await decideGate({ ctx: line.ctx, input })
    expect(await line.rested(waiting.id)).toMatchObject({ status: 'rejected', sendsBackTo: null })
    await signalRun({ ctx: line.ctx, input: { run: waiting.id, kind: 'retry', from: 'scaffold' } })
    const again = await line.rested(waiting.id)
    expect([again.status, again.error]).toEqual(['waiting_gate', null])
    expect((await line.gate(again)).diff).toBe(diff)
  })
})
