import { spawn } from 'node:child_process'
import { hostToolEnv } from '@/lib/env'
import { spawnEnv } from '@/lib/workspace/sandbox/spawn-env'

/** Settings of the repository cannot run programs; its files may belong to the sandbox's user. */
const safe = ['-c', 'core.fsmonitor=false', '-c', 'core.hooksPath=/dev/null', '-c', 'safe.directory=*']

/** Version of the newest tag before the workspace's commit (`v1.2.3` is `1.2.3`); null when there is none. */
export async function gitVersion(workspace: string): Promise<string | null> {
  const answer = await git(workspace, ['describe', '--tags', '--abbrev=0'], '')
  return /(\d+(?:\.\d+)+(?:(?:a|b|rc|\.dev|\.post)\d+)?)/.exec(answer)?.[1] ?? null
}

/** Those of the paths that the workspace's ignore rules leave out of commits. Empty where there is no git. */
export async function ignoredPaths(workspace: string, paths: readonly string[]): Promise<readonly string[]> {
  if (paths.length === 0) return []
  const answer = await git(workspace, ['check-ignore', '-z', '--stdin'], paths.join('\0'))
  return answer.split('\0').filter((path) => path !== '')
}

/** Output of git; '' when it fails, because both questions have an answer without it. */
function git(workspace: string, args: readonly string[], stdin: string): Promise<string> {
  return new Promise((resolve) => {
    const child = spawn('git', ['-C', workspace, ...safe, ...args], {
      env: spawnEnv({ ...hostToolEnv(), GIT_OPTIONAL_LOCKS: '0' }),
      timeout: 30_000,
    })
    const chunks: Buffer[] = []
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk))
    child.on('error', () => resolve(''))
    child.on('close', () => resolve(Buffer.concat(chunks).toString('utf8')))
    // git may end before it has read everything; what it answered still counts.
    child.stdin.on('error', () => undefined)
    child.stdin.end(stdin)
  })
}
