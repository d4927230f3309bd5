import { type ChildProcess, fork } from 'node:child_process'
import { join } from 'node:path'
import { createGitHubForge } from '@/lib/forge/github/github'
import { packageRoot } from '@/lib/root'
import { git, makeMirror } from '@/tests/support/forge-repositories'
import type { Answer, WorldGiven, WorldReady } from './messages'
import { mirrorOf } from './tiny-bench'

export interface Killed {
  readonly killed: number
  readonly point: string
  readonly at: number
}

export interface World extends WorldReady {
  /** From now on it kills workers before and after what they ask for, or no longer. */
  killing(on: boolean): void
  ledger(): Promise<{ answers: Answer[]; points: [string, number][] }>
  stop(): void
}

/** Forks the world and waits until it answers. */
export async function startWorld(given: WorldGiven, onKill: (killed: Killed) => void): Promise<World> {
  const child: ChildProcess = fork(
    join(packageRoot(), 'bench', 'crash', 'world.ts'),
    [JSON.stringify(given)],
    {
      execArgv: ['--import', './cli/loader.mjs'],
      cwd: packageRoot(),
    },
  )
  const waiting: ((message: unknown) => void)[] = []
  const next = <T>(): Promise<T> => new Promise((resolve) => waiting.push((message) => resolve(message as T)))
  child.on('message', (message: object) => {
    if ('killed' in message) onKill(message as Killed)
    else waiting.shift()?.(message)
  })
  const ready = await next<WorldReady>()
  return {
    ...ready,
    killing: (on) => child.send({ ask: on ? 'start' : 'stop' }),
    ledger: () => {
      const answer = next<{ answers: Answer[]; points: [string, number][] }>()
      child.send({ ask: 'answers' })
      return answer
    },
    stop: () => child.disconnect(),
  }
}

/** A mirror with one commit, the same on the forge, and a branch there for each run to be merged into. */
export async function furnish(world: WorldReady, home: string, runs: number): Promise<void> {
  const mirror = makeMirror(mirrorOf(home), { 'README.md': 'one\n' })
  const headSha = git(mirror, ['rev-parse', 'main'])
  const auth = { token: world.token }
  const forge = createGitHubForge({
    owner: 'acme',
    repo: 'shop',
    auth,
    baseUrl: world.github,
    push: 'api',
    paced: false,
  })
  await forge.push({ mirror, branch: 'main', headSha })
  for (let number = 1; number <= runs; number += 1) {
    const answer = await fetch(`${world.github}/repos/acme/shop/git/refs`, {
      method: 'POST',
      headers: { authorization: `Bearer ${world.token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ ref: `refs/heads/target-${number}`, sha: headSha }),
    })
    if (!answer.ok) throw new Error(`target-${number} could not be made: ${answer.status}`)
  }
}
