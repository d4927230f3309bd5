import { expect, test } from 'vitest'
import { beat } from '@/lib/engine/beat'
import type { Claim } from '@/lib/engine/store'

const LEASE_MS = 900
const claim: Claim = { jobId: 'job', runId: 'run', token: 1, owner: 'test:1', failures: 0 }

test('one heartbeat that is answered late, after those behind it, lets no lease lapse', async () => {
  const late = Promise.withResolvers<void>()
  let beats = 0
  const { lapsed, end } = beat({
    store: {
      async heartbeat() {
        beats += 1
        if (beats === 1) await late.promise
        if (beats === 5) late.resolve()
      },
    },
    claim,
    leaseMs: LEASE_MS,
    onError: () => undefined,
  })
  await expect.poll(() => beats).toBe(8)
  end()
  expect(lapsed.aborted).toBe(false)
})
