import { chmodSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openDatabase } from '@/lib/db/client'
import { startRun } from '@/lib/services/runs/start'
import { homeWorker } from '../support/home-worker'
import { modelServer } from '../support/model-server'
import { haveBubblewrap } from '../support/pipeline'
import { havePostgres, startPostgres, type TestServer } from '../support/postgres'
import { makeRepository, temporaryFolder } from '../support/repos'
import { requires } from '../support/require'
import { passTime, runRow } from '../support/scripted-engine'
import { contextOf } from '../support/services'
import { codedWell, configFor, finish, script, smallProject } from '../support/small-project'

const able = requires('postgres', havePostgres()) && (await haveBubblewrap())

describe.skipIf(!able)('an agent whose own check left evidence before its worker died', () => {
  let server: TestServer
  const folders: { dispose(): void }[] = []
  beforeAll(async () => {
    server = await startPostgres()
  })
  afterAll(async () => {
    await server.stop()
    for (const made of folders) made.dispose()
  })
  const folder = () => {
    const made = temporaryFolder('facts')
    chmodSync(made.path, 0o755)
    folders.push(made)
    return made.path
  }

  const edit = (old_text: string, new_text: string) => ({
    calls: [['edit_file', { path: 'src/add.js', old_text, new_text }] as const],
  })
  const fixed = finish({
    status: 'fixed',
    root_cause: 'The wrong operator.',
    hypotheses: [{ cause: 'operator', likelihood: 1, evidence: 'the test' }],
    confidence: 0.9,
  })

  test('is asked the same again, to the byte: the facts are those that it began with', async () => {
    let hang = true
    const model = await modelServer(
      script({
        coder: ({ turn }) => (turn === 0 ? edit('return a - b', 'return a * b') : finish(codedWell)),
        debugger: async ({ turn, gone }) => {
          if (turn === 0) return edit('return a * b', 'return a + b // BAD')
          if (turn === 1) return fixed
          if (hang) await gone
          return turn === 2 ? edit(' // BAD', '') : fixed
        },
      }),
    )
    // Passes on the base and on what the coder wrote; the debugger's first fix does not.
    const lint = 'project:\n  lint_command: test -z "$(grep BAD src/add.js)"\n'
    const root = makeRepository(folder(), { ...smallProject, 'devpilot.yaml': configFor(model.url, lint) })
    const url = await server.create()
    const database = await openDatabase({ url, home: folder() })
    const ctx = contextOf({ database, home: folder() })
    const task = { repository: root, flow: 'issue', task: 'add() must add.' }
    const { id: run } = await startRun({ ctx, input: { ...task, overrides: { steps: ['coder', 'tester'] } } })
    const asked = () => model.asked.filter(({ role }) => role === 'debugger').map(({ body }) => body)
    const first = homeWorker({ home: folder(), url })
    for (const until = Date.now() + 90_000; asked().length < 3; await sleep(50))
      if (Date.now() > until)
        throw new Error(`${JSON.stringify(await runRow(database.db, run))} ${first.said()}`)
    await first.kill()
    hang = false
    await passTime(database.db, run, 'lease')
    const second = homeWorker({ home: folder(), url })
    for (const until = Date.now() + 90_000; asked().length < 5; await sleep(50))
      if (Date.now() > until) throw new Error(second.said())
    await second.stop()
    await database.close()
    await model.close()
    const [one = '', two, three, again] = asked()
    expect(three).toContain('This was not accepted yet')
    expect(again).toBe(three)
    const task0 = (body: string | undefined) => JSON.parse(body ?? '{}').messages[1]
    expect([two, again].map(task0)).toEqual([task0(one), task0(one)])
  })
})
