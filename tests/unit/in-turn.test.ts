import { expect, test } from 'vitest'
import type { StepRunner } from '@/lib/engine/engine'
import { inTurn } from '@/lib/engine/in-turn'

type Work = Parameters<StepRunner>[0]

/** Steps that end when they are told to, and the order in which they began. */
function steps(patienceMs?: number) {
  const begun: string[] = []
  const ends = new Map<string, () => void>()
  const runStep = inTurn(async ({ bead }) => {
    begun.push(bead.id)
    await new Promise<void>((resolve) => ends.set(bead.id, resolve))
    return { outcome: { kind: 'done' } }
  }, patienceMs)
  const begin = (id: string, run = 'a', signal = new AbortController().signal) =>
    runStep({ run: { id: run }, bead: { id }, signal } as Work)
  return { begun, begin, end: (id: string) => ends.get(id)?.() }
}
const soon = () => new Promise((resolve) => setTimeout(resolve, 30))

test('steps of one run wait for each other, those of another run do not', async () => {
  const { begun, begin, end } = steps()
  const all = [begin('1'), begin('2'), begin('3', 'b')]
  await soon()
  expect(begun).toEqual(['1', '3'])
  end('1')
  await soon()
  expect(begun).toEqual(['1', '3', '2'])
  for (const id of ['2', '3']) end(id)
  await Promise.all(all)
})

test.each([
  { comes: 'before', early: true },
  { comes: 'after', early: false },
])(
  'one that is stopped while it waits never begins; the next, which comes $comes that, waits for the first',
  async ({ early }) => {
    const { begun, begin, end } = steps()
    const stop = new AbortController()
    const first = begin('1')
    const second = begin('2', 'a', stop.signal)
    const next = early ? begin('3') : null
    stop.abort()
    await expect(second).rejects.toMatchObject({ code: 'cancelled' })
    const third = next ?? begin('3')
    await soon()
    expect(begun).toEqual(['1'])
    end('1')
    await first
    await soon()
    expect(begun).toEqual(['1', '3'])
    end('3')
    await third
  },
)

test('one that nothing ends is not waited for without end', async () => {
  const { begun, begin, end } = steps(20)
  void begin('1')
  const second = begin('2')
  while (begun.length < 2) await soon()
  end('2')
  await second
})
