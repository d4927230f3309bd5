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
  return {
    root,
    name: basename(root),
    ...(await history(root, 'HEAD')),
    ...(defaultBranch === null ? {} : { mainBranch: defaultBranch }),
    ...(originUrl === null ? {} : { originUrl }),
  }
}

/**
 * Authors and first year of a commit's history.
 * @param folder a checkout or a bare repository
 */
export async function history(
  folder: string,
  commit: string,
): Promise<Required<Pick<About, 'authors'>> & Pick<About, 'firstYear'>> {
  const options = { cwd: folder }
  const log = await gitText(
    ['log', `--max-count=${RECENT}`, '--no-merges', '--format=%aN%x09%aE', commit],
    options,
  )
  const first = await gitText(['log', '--max-parents=0', '--format=%ad', '--date=format:%Y', commit], options)
  const years = first
    .split('\n')
    .map(Number)
    .filter((year) => year > 1970)
  return { authors: ranked(log), ...(years.length > 0 ? { firstYear: Math.min(...years) } : {}) }
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
