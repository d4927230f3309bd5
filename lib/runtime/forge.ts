import { githubHost } from '@/lib/core/github-host'
import type { RunRecord } from '@/lib/core/record'
import type { Db } from '@/lib/db/client'
import { createLocalForgeStore } from '@/lib/db/local-forge'
import { env } from '@/lib/env'
import { AppError } from '@/lib/errors'
import type { BeforeWrite, Forge } from '@/lib/forge/forge'
import type { GitHubAuth } from '@/lib/forge/github/client'
import { createLocalForge } from '@/lib/forge/local'
import type { GitHeader } from '@/lib/workspace/git/run'

/** The page of a run, as links on a forge name it. */
export function runUrl(runId: string): string {
  const { DEVPILOT_URL, DEVPILOT_PORT } = env()
  return `${DEVPILOT_URL ?? `http://127.0.0.1:${DEVPILOT_PORT}`}/runs/${runId}`
}

/** Where a person sees pull requests of a local repository: the page of the run that made it. */
export function localPullUrl(runId: string, number: number): string {
  return `${runUrl(runId)}?pull=${number}`
}

/**
 * The forge of a run's repository.
 * @param beforeWrite asked right before every call that changes something; absent: for reading
 * @throws AppError('bad_config') when its credentials are missing
 */
export async function forgeOf(
  db: Db,
  run: Pick<RunRecord, 'id' | 'repository'>,
  beforeWrite?: BeforeWrite,
): Promise<Forge> {
  const { repository } = run
  switch (repository.forge) {
    case 'local': {
      const urlFor = (number: number) => localPullUrl(run.id, number)
      const store = createLocalForgeStore(db, repository.id, urlFor)
      return createLocalForge({ repositoryPath: repository.source, store, urlFor, beforeWrite })
    }
    case 'github':
      return github(repository.source, beforeWrite)
    case 'gitlab':
      throw new AppError('bad_config', 'GitLab cannot be used yet.', {
        mend: 'Clone the repository and give its path: pull requests are then kept here.',
      })
    default:
      return repository.forge satisfies never
  }
}

async function github(source: string, beforeWrite: BeforeWrite | undefined): Promise<Forge> {
  const { createGitHubForge } = await import('@/lib/forge/github/github')
  const { parseRepository } = await import('@/lib/forge/github/url')
  const parsed = parseRepository(source)
  if (!parsed)
    throw new AppError('bad_config', `${source} names no GitHub repository.`, {
      mend: 'Use owner/name or its URL.',
    })
  const { owner, repo } = parsed
  const base = env().GITHUB_API_URL
  const known = githubHost(base)
  // The API is asked by owner and name alone: another host's repository would be looked for in the wrong place.
  if (parsed.host !== known)
    throw new AppError('bad_config', `Pull requests cannot be opened on ${parsed.host}, only on ${known}.`, {
      place: 'GITHUB_API_URL',
      mend: 'Clone the repository and give its path, or set GITHUB_API_URL if it is a GitHub server.',
    })
  const options = { owner, repo, auth: githubAuth(), baseUrl: base, beforeWrite }
  return createGitHubForge(options)
}

/** The credentials for GitHub of this installation. @throws AppError('bad_config') when there are none. */
export function githubAuth(): GitHubAuth {
  const { GITHUB_TOKEN, GITHUB_APP_ID, GITHUB_APP_PRIVATE_KEY, GITHUB_APP_INSTALLATION_ID } = env()
  if (GITHUB_TOKEN) return { token: GITHUB_TOKEN }
  if (GITHUB_APP_ID && GITHUB_APP_PRIVATE_KEY && GITHUB_APP_INSTALLATION_ID) {
    const installationId = GITHUB_APP_INSTALLATION_ID
    return { appId: GITHUB_APP_ID, privateKey: GITHUB_APP_PRIVATE_KEY, installationId }
  }
  throw new AppError('bad_config', 'There is no key for GitHub.', {
    place: 'GITHUB_TOKEN',
    mend: 'Set GITHUB_TOKEN, or GITHUB_APP_ID, GITHUB_APP_PRIVATE_KEY and GITHUB_APP_INSTALLATION_ID.',
  })
}

/**
 * What git needs to read a private repository over https; undefined for every other way and for every host but
 * GitHub's own, which get no credentials.
 */
export async function gitHeaderOf(run: Pick<RunRecord, 'repository'>): Promise<GitHeader | undefined> {
  const { source, forge } = run.repository
  const url = forge === 'github' && URL.canParse(source) ? new URL(source) : null
  if (url?.protocol !== 'https:' || url.host !== githubHost(env().GITHUB_API_URL)) return undefined
  const token = await tokenFor(source)
  if (token === null) return undefined
  const basic = Buffer.from(`x-access-token:${token}`).toString('base64')
  return { url: `${url.origin}/`, header: `Authorization: Basic ${basic}` }
}

/** The token of this installation, or of the GitHub App's for an hour; null where there is neither. */
async function tokenFor(source: string): Promise<string | null> {
  const { GITHUB_TOKEN, GITHUB_APP_ID, GITHUB_API_URL } = env()
  if (GITHUB_TOKEN) return GITHUB_TOKEN
  if (!GITHUB_APP_ID) return null
  const { createClient } = await import('@/lib/forge/github/client')
  const { parseRepository } = await import('@/lib/forge/github/url')
  const parsed = parseRepository(source)
  if (!parsed) return null
  const { owner, repo } = parsed
  return createClient({ owner, repo, auth: githubAuth(), baseUrl: GITHUB_API_URL }).token()
}
