import { git } from '@/lib/workspace/git/run'

/** Version of the newest tag before the workspace's commit (`v1.2.3` is `1.2.3`); null when there is none. */
export async function gitVersion(workspace: string): Promise<string | null> {
  const answer = await said(workspace, ['describe', '--tags', '--abbrev=0'])
  return /(\d+(?:\.\d+)+(?:(?:a|b|rc|\.dev|\.post)\d+)?)/.exec(answer)?.[1] ?? null
}

/** Those of the paths that the workspace's ignore rules leave out of commits. Empty where there is no git. */
export async function ignoredPaths(workspace: string, paths: readonly string[]): Promise<readonly string[]> {
  if (paths.length === 0) return []
  const answer = await said(workspace, ['check-ignore', '-z', '--stdin'], paths.join('\0'))
  return answer.split('\0').filter((path) => path !== '')
}

/** Output of git; '' when it fails, because both questions have an answer without it. */
async function said(cwd: string, args: readonly string[], input?: string): Promise<string> {
  try {
    const given = input === undefined ? {} : ({ input, literalPaths: false } as const)
    return (await git(args, { cwd, ...given })).stdout.toString('utf8')
  } catch {
    return ''
  }
}
