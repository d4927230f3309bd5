/**
 * All that lies outside of DevPilot and does not die with it: GitHub (the emulator) and a model that is paid by the
 * answer. A process of its own, forked by bench/crash.ts. It knows which worker asks (`/w/<pid>/…`) and, where it is
 * told to, kills that worker right before or after what it asked for was done.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { startGitHub } from '@/tests/support/forge-emulator'
import {
  type Answer,
  type Asked,
  askedSchema,
  type Moment,
  type WorldReady,
  worldGivenSchema,
} from './messages'
import { answerOf } from './script'

const given = worldGivenSchema.parse(JSON.parse(process.argv[2] ?? '{}'))
const github = await startGitHub()
const answers: Answer[] = []
const killed = new Map<string, number>()
let lastKill = 0
let killing = false

/** Whether the worker dies here: every kind of call at every moment, so many times, and not all at once. */
function dies(pid: number, kind: string, moment: Moment): boolean {
  const point = `${kind} ${moment}`
  const count = killed.get(point) ?? 0
  // The bench itself, which arranges and counts.
  if (pid === 0) return false
  if (given.oneMoment && momentOf(kind) !== moment) return false
  if (!killing || count >= given.killsEach || Date.now() - lastKill < given.pauseMs) return false
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It died of something else just now.
    return false
  }
  lastKill = Date.now()
  killed.set(point, count + 1)
  process.send?.({ killed: pid, point, at: lastKill })
  return true
}

const moments: readonly Moment[] = ['before', 'after', 'answered']

/** The one moment at which this kind of call kills, where not all are played. */
function momentOf(kind: string): Moment | undefined {
  // A model is never killed before it answers: nothing would have been paid.
  return kind === 'model' ? 'after' : moments[kind.length % moments.length]
}

/** What a write to GitHub is, by its path; null for what only looks. */
function kindOf(method: string, path: string): string | null {
  if (method === 'GET') return null
  const rest = path.replace(/^\/repos\/[^/]+\/[^/]+\//, '')
  const kinds: readonly (readonly [RegExp, string])[] = [
    [/^git\/blobs/, 'blob'],
    [/^git\/trees/, 'tree'],
    [/^git\/commits/, 'commit'],
    [/^git\/refs/, 'ref'],
    [/^pulls\/\d+\/merge/, 'merge'],
    [/^pulls\/\d+\/comments|^issues\/\d+\/comments/, 'comment'],
    [/^pulls\/\d+$/, 'ready'],
    [/^pulls$/, 'pull request'],
    [/labels/, 'label'],
    [/^statuses/, 'check'],
  ]
  // It has no GraphQL: the adapter is told so, and nothing is changed.
  if (path === '/graphql') return null
  return kinds.find(([pattern]) => pattern.test(rest))?.[1] ?? 'other'
}

let calls = 0

/** The emulator allows a token 5,000 calls an hour, as GitHub does; it takes any installation's token for its owner. */
function freshToken(given: string | undefined): string {
  if (!given?.endsWith(github.token)) return 'nobody'
  calls += 1
  return `ghs_bench_${Math.floor(calls / 4_000)}`
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(Buffer.from(chunk))
  return Buffer.concat(chunks)
}

async function forge(
  request: IncomingMessage,
  response: ServerResponse,
  pid: number,
  path: string,
): Promise<void> {
  const method = request.method ?? 'GET'
  const body = await bodyOf(request)
  const kind = kindOf(method, path)
  if (kind !== null && dies(pid, kind, 'before')) {
    request.socket.destroy()
    return
  }
  const headers = Object.fromEntries(
    ['content-type', 'accept'].flatMap((name) => {
      const value = request.headers[name]
      return typeof value === 'string' ? [[name, value]] : []
    }),
  )
  Object.assign(headers, { authorization: `Bearer ${freshToken(request.headers.authorization)}` })
  const withBody = method === 'GET' ? {} : { body: new Uint8Array(body) }
  const answer = await fetch(`${github.url}${path}`, { method, headers, ...withBody })
  const bytes = Buffer.from(await answer.arrayBuffer())
  if (kind !== null && dies(pid, kind, 'after')) {
    request.socket.destroy()
    return
  }
  response.writeHead(answer.status, {
    'content-type': answer.headers.get('content-type') ?? 'application/json',
  })
  response.end(bytes, () => {
    if (kind !== null) dies(pid, kind, 'answered')
  })
}

async function model(request: IncomingMessage, response: ServerResponse, pid: number): Promise<void> {
  const asked: Asked = askedSchema.parse(JSON.parse((await bodyOf(request)).toString('utf8')))
  await new Promise((resolve) => setTimeout(resolve, 5 + Math.random() * 40))
  // From here on it is paid, whether or not somebody is left to hear it.
  const answer: Answer = { ...asked, id: answers.length + 1, at: Date.now() }
  answers.push(answer)
  if (dies(pid, 'model', 'after')) {
    request.socket.destroy()
    return
  }
  response.writeHead(200, { 'content-type': 'application/json' })
  response.end(JSON.stringify(answerOf(asked, answer.id)), () => {
    dies(pid, 'model', 'answered')
  })
}

const server = createServer((request, response) => {
  const [, pid = '0', path = '/'] = /^\/w\/(\d+)(\/.*)$/.exec(request.url ?? '') ?? []
  const work =
    path === '/model' ? model(request, response, Number(pid)) : forge(request, response, Number(pid), path)
  work.catch((error: unknown) => {
    if (!response.headersSent) response.writeHead(500, { 'content-type': 'application/json' })
    response.end(JSON.stringify({ message: String(error) }))
  })
})
server.listen(0, '127.0.0.1', () => {
  const address = server.address()
  const port = typeof address === 'object' && address ? address.port : 0
  const url = `http://127.0.0.1:${port}`
  const ready: WorldReady = { url, github: `${url}/w/0`, token: github.token }
  process.send?.(ready)
})

process.on('message', (message: { ask: 'start' | 'stop' | 'answers' }) => {
  if (message.ask === 'start') killing = true
  if (message.ask === 'stop') killing = false
  if (message.ask === 'answers') process.send?.({ answers, points: [...killed] })
})
process.once('disconnect', () => process.exit(0))
