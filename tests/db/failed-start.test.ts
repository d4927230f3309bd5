import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { databaseUnavailable } from '@/lib/errors'
import { openRuntime } from '@/lib/runtime'
import { startTemporalEngine } from '@/lib/runtime/temporal'
import { describeDatabases } from '../support/database'

describeDatabases((open) => {
  test('a start that fails, and is tried again, leaves nothing at work', async () => {
    const { database, home } = await open()
    let asked = 0
    const db = new Proxy(database.db, {
      get(target, key) {
        asked += 1
        const value = Reflect.get(target, key)
        return typeof value === 'function' ? value.bind(target) : value
      },
    })
    const listen = () => Promise.reject(databaseUnavailable(null))
    const runtime = await openRuntime({ home, database: { ...database, db, listen } })
    const nowhere = { address: '127.0.0.1:1', namespace: 'default', taskQueue: 'x', tls: null }
    const started = startTemporalEngine(runtime, { concurrency: 0 }, { ...nowhere, apiKey: undefined })
    await expect(started).rejects.toMatchObject({ code: 'unavailable' })
    await sleep(1_000)
    expect([asked, runtime.engine]).toEqual([0, undefined])
  })
})
