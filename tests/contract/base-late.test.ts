import { once } from 'node:events'
import { createReadStream, existsSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { baseOpener } from '@/lib/runtime/base'
import { makeRepository, temporaryFolder, userGit } from '../support/repos'

const folder = temporaryFolder('late')
afterAll(() => folder.dispose())

let made = 0

/** A repository as files, behind a server that answers nothing until it is told to. */
async function slowRepository() {
  made += 1
  const root = makeRepository(join(folder.path, `${made}`), { 'devpilot.yaml': 'project: {name: slow}\n' })
  const bare = join(folder.path, `${made}.git`)
  userGit(root, 'clone', '-q', '--bare', '.', bare)
  userGit(bare, 'update-server-info')
  const open = Promise.withResolvers<void>()
  const requests: string[] = []
  const server = createServer(async (request, response) => {
    requests.push(request.url ?? '')
    await open.promise
    const file = join(bare, new URL(request.url ?? '/', 'http://here').pathname.replace('/acme/slow.git', ''))
    if (existsSync(file)) createReadStream(file).pipe(response)
    else response.writeHead(404).end()
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const source = `http://127.0.0.1:${(server.address() as AddressInfo).port}/acme/slow.git`
  const close = () => {
    server.close()
    server.closeAllConnections()
  }
  return { source, open: open.resolve, asked: () => requests.length, requests: () => requests, close }
}

test('a copy that takes longer than anybody waits goes on, and the next who asks has it', async () => {
  const slow = await slowRepository()
  const home = join(folder.path, 'home')
  const spec = { name: 'acme/slow', forge: 'github', defaultBranch: 'main', source: slow.source } as const
  const repository = { id: '01890a5d-ac96-774b-bcce-b302099a8057', ...spec }
  const first = baseOpener(home, 500)(repository)
  await expect(first).rejects.toMatchObject({ code: 'timeout', place: slow.source })
  expect(slow.asked()).toBe(1)
  slow.open()
  const base = await baseOpener(home)(repository)
  expect(await base.read('devpilot.yaml')).toContain('slow')
  slow.close()
})

test('whoever leaves waits no more, and who asks meanwhile waits for the same copy', async () => {
  const slow = await slowRepository()
  const home = join(folder.path, 'home-2')
  const leave = new AbortController()
  const spec = { name: 'acme/slow', forge: 'github', defaultBranch: 'main', source: slow.source } as const
  const repository = { id: '01890a5d-ac96-774b-bcce-b302099a8058', ...spec }
  const first = baseOpener(home)(repository, leave.signal)
  while (slow.asked() === 0) await new Promise((resolve) => setTimeout(resolve, 20))
  const second = baseOpener(home)(repository)
  leave.abort()
  await expect(first).rejects.toMatchObject({ code: 'unavailable' })
  await expect(baseOpener(home)(repository, leave.signal)).rejects.toMatchObject({ code: 'unavailable' })
  slow.open()
  expect(await (await second).read('devpilot.yaml')).toContain('slow')
  const headers = slow.requests().filter((path) => path.includes('info/refs'))
  expect(headers, 'it was fetched once').toHaveLength(1)
  slow.close()
})
