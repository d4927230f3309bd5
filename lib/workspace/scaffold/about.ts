import { basename } from 'node:path'
import { inspectRepository } from '@/lib/workspace/git/inspect'
import { gitText } from '@/lib/workspace/git/run'
import type { About } from '@/lib/workspace/scaffold/facts'

const RECENT = 2000

/**
 * What git knows of the checkout that holds `path`: name, main branch, origin, authors by number of commits.
 * @returns also `root`, the top of the checkout
 * @throws AppError('repository_unusable')
 */
export async function aboutRepository(path: string): Promise<About & { readonly root: string }> {
  const { root, defaultBranch, originUrl } = await inspectRepository(path)
  const log = await gitText(['log', `--max-count=${RECENT}`, '--no-merges', '--format=%aN%x09%aE'], {
    cwd: root,
  })
  const first = await gitText(['log', '--max-parents=0', '--format=%ad', '--date=format:%Y'], { cwd: root })
  const years = first
    .split('\n')
    .map(Number)
    .filter((year) => year > 1970)
  return {
    root,
    name: basename(root),
    authors: ranked(log),
    ...(defaultBranch === null ? {} : { mainBranch: defaultBranch }),
    ...(originUrl === null ? {} : { originUrl }),
    ...(years.length > 0 ? { firstYear: Math.min(...years) } : {}),
  }
}

function ranked(log: string): { name: string; email: string }[] {
  const counts = new Map<string, number>()
  for (const line of log.split('\n')) {
    if (line.includes('\t')) counts.set(line, (counts.get(line) ?? 0) + 1)
  }
  return [...counts]
    .sort((a, b) => b[1] - a[1])
    .slice(0, 20)
    .map(([line]) => {
      const [name = '', email = ''] = line.split('\t')
      return { name, email }
    })
}
