import { describe, expect, it } from 'vitest'
import { signalRun } from '@/lib/services/runs/signal'
import { haveBubblewrap, pipeline, stepsOf } from '../support/pipeline'
import { userGit } from '../support/repos'
import { codedWell, finish, script, theEdit } from '../support/small-project'

const able = await haveBubblewrap()
const line = pipeline()

describe.skipIf(!able)('a retry after an error that would not pass', () => {
  /** Answers the coder's second call, and the third, only once it may. */
  const refusing = () => {
    const may = { answer: false }
    const answers = script({
      coder: ({ turn }) => {
        if (turn === 0) return { calls: [theEdit] }
        if (!may.answer) throw new Error('the key is not valid')
        return turn === 1 ? { calls: [['git_diff', {}]] } : finish(codedWell)
      },
    })
    return { may, answers }
  }
  const failedOnce = async () => {
    const { may, answers } = refusing()
    const { root, model } = await line.project({ script: answers })
    const failed = await line.run(root, { overrides: { steps: ['coder'] } })
    expect([failed.status, failed.error?.code, failed.error?.step], failed.detail).toEqual([
      'failed',
      'model_error',
      'coder',
    ])
    may.answer = true
    return { root, model, failed }
  }

  it('goes on with the turns that are paid for', async () => {
    const { root, model, failed } = await failedOnce()
    await signalRun({ ctx: line.ctx, input: { kind: 'retry', run: failed.id } })
    const done = await line.rested(failed.id)
    expect([done.status, done.error]).toEqual(['succeeded', null])
    const bodies = model.asked.map(({ body }) => body)
    // What was refused is asked again, word for word; what was answered is not.
    expect(bodies).toHaveLength(4)
    expect(bodies[2]).toBe(bodies[1])
    expect(new Set(bodies).size).toBe(3)
    expect(stepsOf(done).filter((step) => step === 'coder')).toHaveLength(1)
    expect(await line.turns(done)).toHaveLength(3)
    expect(userGit(root, 'show', `${done.branch}:src/add.js`)).toContain('a + b')
  })

  it('begins anew where its step is named', async () => {
    const { model, failed } = await failedOnce()
    const input = { kind: 'retry', run: failed.id, from: 'coder' } as const
    await signalRun({ ctx: line.ctx, input })
    const done = await line.rested(failed.id)
    expect(stepsOf(done).filter((step) => step === 'coder')).toHaveLength(2)
    const messages = model.asked.map(({ body }) => JSON.parse(body).messages.length)
    expect(messages[2]).toBe(messages[0])
  })
})
