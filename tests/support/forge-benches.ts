import { join } from 'node:path'
import type { Forge } from '@/lib/forge/forge'
import { createGitHubForge } from '@/lib/forge/github/github'
import { createLocalForge } from '@/lib/forge/local'
import { createMemoryStore } from '@/lib/forge/local/memory-store'
import { startGitHub } from './forge-emulator'
import { git, makeMirror, temporary } from './forge-repositories'
import { writeFiles } from './repos'

/** One forge under test, and ways to look at it that do not go through it. */
export interface ForgeBench {
  readonly forge: Forge
  readonly mirror: string
  readonly main: string
  /** Texts that people see on a number: comments and reviews. */
  said(number: number): Promise<string[]>
  pulls(): Promise<number>
  /** Text of a file on main, null when it is not there. */
  onMain(path: string): Promise<string | null>
  tip(branch: string): Promise<string>
  /** A commit of the mirror becomes a branch of the forge without DevPilot's doing. */
  pushedByOthers(branch: string, sha: string): Promise<void>
  addIssue(): Promise<number>
  /** A person closes a pull request without merging it. */
  closedByOthers(number: number): Promise<void>
  labels(number: number): Promise<string[]>
  /** Everything that can be read there of a pull request and of main. */
  everything(number: number): Promise<string>
  /** What a commit is shown as, the newest first; forges without a past of it show one. */
  checks(sha: string): Promise<string[]>
}

const cleanups: (() => Promise<void> | void)[] = []

/** Removes what the benches of a test left. */
export async function closeForgeBenches(): Promise<void> {
  for (const clean of cleanups.splice(0).reverse()) await clean()
}

function workplace() {
  const folder = temporary()
  cleanups.push(folder.clean)
  const mirror = makeMirror(join(folder.path, 'mirror.git'), { 'README.md': 'one\n', 'keep.txt': 'kept\n' })
  return { folder: folder.path, mirror, main: git(mirror, ['rev-parse', 'main']) }
}

async function localBench(): Promise<ForgeBench> {
  const { folder, mirror, main } = workplace()
  const repositoryPath = join(folder, 'user')
  git(folder, ['clone', '--quiet', mirror, repositoryPath])
  const store = createMemoryStore()
  const forge = createLocalForge({ repositoryPath, store, urlFor: (number) => `/pulls/${number}` })
  return {
    forge,
    mirror,
    main,
    said: async (number) => (await store.comments(number)).map(({ body }) => body),
    pulls: async () => (await store.list()).length,
    async onMain(path) {
      const unquoted = ['-c', 'core.quotePath=false']
      const names = git(repositoryPath, [...unquoted, 'ls-tree', '-r', '--name-only', 'main'])
      return names.split('\n').includes(path) ? git(repositoryPath, ['show', `main:${path}`]) : null
    },
    tip: async (branch) => git(repositoryPath, ['rev-parse', `refs/heads/${branch}`]),
    async pushedByOthers(branch, sha) {
      git(repositoryPath, ['fetch', '--quiet', mirror, `${sha}:refs/heads/${branch}`])
    },
    async closedByOthers(number) {
      await store.update(number, { state: 'closed' })
    },
    labels: async (number) => [...((await store.get(number))?.labels ?? [])],
    everything: async (number) =>
      JSON.stringify([await store.get(number), await store.comments(number)]) +
      git(repositoryPath, ['log', '--format=%B%N', '--notes=devpilot', '--all']),
    async checks(sha) {
      const noted = git(repositoryPath, ['notes', '--ref=devpilot', 'list']).includes(sha)
      return noted ? [git(repositoryPath, ['notes', '--ref=devpilot', 'show', sha])] : []
    },
    async addIssue() {
      const text = '---\ntitle: Größe stimmt nicht\nauthor: ada\nlabels: [bug]\n---\nThe size is wrong.\n'
      writeFiles(repositoryPath, { '.devpilot/issues/7.md': text })
      return 7
    },
  }
}

async function githubBench(): Promise<ForgeBench> {
  const { mirror, main } = workplace()
  const server = await startGitHub()
  cleanups.push(() => server.close())
  const forge = createGitHubForge({
    owner: 'acme',
    repo: 'shop',
    auth: { token: server.token },
    baseUrl: server.url,
    push: 'api',
    paced: false,
    retryBaseMs: 1,
  })
  await forge.push({ mirror, branch: 'main', headSha: main })
  const ask = async (path: string, init: RequestInit = {}): Promise<unknown> => {
    const headers = { authorization: `Bearer ${server.token}`, 'content-type': 'application/json' }
    const answer = await fetch(`${server.url}/repos/acme/shop/${path}`, { ...init, headers })
    return answer.ok ? answer.json() : null
  }
  const list = async (path: string) => {
    const answer = await ask(path)
    return Array.isArray(answer) ? answer : []
  }
  return {
    forge,
    mirror,
    main,
    async said(number) {
      const both = [...(await list(`pulls/${number}/comments`)), ...(await list(`issues/${number}/comments`))]
      return both.map(({ body }) => String(body))
    },
    pulls: async () => (await list('pulls?state=all')).length,
    async onMain(path) {
      const answer = await ask(`contents/${encodeURIComponent(path)}?ref=main`)
      if (typeof answer !== 'object' || answer === null || !('content' in answer)) return null
      return Buffer.from(String(answer.content), 'base64').toString('utf8').trim()
    },
    async tip(branch) {
      const ref = await ask(`git/ref/heads/${encodeURIComponent(branch)}`)
      return /[0-9a-f]{40}/.exec(JSON.stringify(ref))?.[0] ?? ''
    },
    pushedByOthers: (branch, sha) => forge.push({ mirror, branch, headSha: sha }),
    async closedByOthers(number) {
      await ask(`pulls/${number}`, { method: 'PATCH', body: JSON.stringify({ state: 'closed' }) })
    },
    labels: async (number) => (await list(`issues/${number}/labels`)).map(({ name }) => String(name)),
    async everything(number) {
      const { head } = (await list('pulls?state=all')).find((pull) => pull.number === number) ?? {}
      const paths = ['pulls?state=all', `pulls/${number}/comments`, `issues/${number}/comments`]
      const pages = [...paths, 'commits?sha=main', `commits/${head?.sha}/statuses`].map((path) => ask(path))
      return JSON.stringify(await Promise.all(pages))
    },
    checks: async (sha) =>
      (await list(`commits/${sha}/statuses`)).map(
        (one) => `${one.state} ${one.description} ${one.target_url}`,
      ),
    async addIssue() {
      const issue = { title: 'Größe stimmt nicht', body: 'The size is wrong.', labels: ['bug'] }
      await ask('labels', { method: 'POST', body: JSON.stringify({ name: 'bug', color: 'ff0000' }) })
      await ask('issues', { method: 'POST', body: JSON.stringify(issue) })
      return 1
    },
  }
}

/** The same contract holds for each. */
export const forgeBenches = [
  { name: 'local', make: localBench },
  { name: 'github (emulator)', make: githubBench },
] as const
