import { existsSync, lstatSync, readFileSync, realpathSync, statSync } from 'node:fs'
import { basename, isAbsolute, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { githubHost, plainHost } from '@/lib/core/github-host'
import { env } from '@/lib/env'
import { AppError } from '@/lib/errors'

/** What a repository is registered with. */
export interface RepositorySpec {
  readonly name: string
  readonly forge: 'local' | 'github' | 'gitlab'
  /** A clone URL without credentials, or an absolute path. */
  readonly source: string
  /** As far as it can be told without git; `prepare` finds out the truth. */
  readonly defaultBranch: string
}

const ownerName = /^[A-Za-z0-9][A-Za-z0-9-]*\/[A-Za-z0-9._-]+$/
const scpLike = /^(?:[A-Za-z0-9._-]+@)?([A-Za-z0-9.-]+):(?!\/\/)(.+)$/

/** Whether the text is a path or URL that says by itself where the repository is; else it is a known one's name. */
export function isLocation(text: string): boolean {
  return isAbsolute(text) || text.includes('://') || scpLike.test(text) || ownerName.test(text)
}

/**
 * A repository from what a person wrote: an absolute path, `https://…`, `git@host:owner/name` or `owner/name`.
 * @throws AppError('repository_unusable') for a path that is no folder, 'bad_request' for anything else unknown,
 *   'bad_config' for a host whose pull requests cannot be opened from here.
 */
export function parseRepository(text: string): RepositorySpec {
  if (text.startsWith('file://')) return localRepository(fileURLToPath(text))
  if (isAbsolute(text)) return localRepository(text)
  if (text.includes('://')) return fromUrl(text)
  if (ownerName.test(text)) return hosted('github.com', text)
  const scp = scpLike.exec(text)
  if (scp?.[1] && scp[2]) return hosted(scp[1], scp[2], text)
  throw new AppError('bad_request', `repository: "${text.slice(0, 200)}" is no path, URL or owner/name.`, {
    place: 'repository',
    mend: 'Give the absolute path of a folder, a clone URL, or owner/name on GitHub.',
  })
}

function localRepository(path: string): RepositorySpec {
  if (!existsSync(path) || !statSync(path).isDirectory()) {
    throw new AppError('repository_unusable', `There is no folder ${path} on the machine of the server.`, {
      place: 'repository',
      mend: 'Give the path of a git repository on that machine, or its URL.',
    })
  }
  const source = realpathSync(path)
  return { name: basename(source), forge: 'local', source, defaultBranch: headBranch(source) ?? 'main' }
}

/** The branch that HEAD names, of a checkout or a bare repository. */
function headBranch(folder: string): string | undefined {
  const file = [join(folder, '.git', 'HEAD'), join(folder, 'HEAD')].find((path) => {
    const found = lstatSync(path, { throwIfNoEntry: false })
    return found?.isFile() === true && found.size < 1_000
  })
  return file ? /^ref: refs\/heads\/(\S+)/.exec(readFileSync(file, 'utf8'))?.[1] : undefined
}

function fromUrl(text: string): RepositorySpec {
  const url = URL.canParse(text) ? new URL(text) : null
  if (!url || !['https:', 'http:', 'ssh:', 'git:'].includes(url.protocol)) {
    throw new AppError('bad_request', 'repository: this is no URL that git can clone.', {
      place: 'repository',
      mend: 'Use https://, ssh:// or file://.',
    })
  }
  if (url.password !== '' || (url.username !== '' && url.protocol.startsWith('http'))) {
    throw new AppError('bad_request', 'repository: the URL carries credentials, which would be stored.', {
      place: 'repository',
      mend: 'Leave them out and set GITHUB_TOKEN, or use an SSH key.',
    })
  }
  const plain = `${url.protocol}//${url.username ? `${url.username}@` : ''}${url.host}${url.pathname}`
  return hosted(url.host, url.pathname.slice(1), plain.replace(/\/+$/, ''))
}

function hosted(host: string, path: string, source?: string): RepositorySpec {
  const name = path.replace(/\/+$/, '').replace(/\.git$/, '')
  if (!/^[^/\s]+(\/[^/\s]+)+$/.test(name)) {
    throw new AppError('bad_request', `repository: "${path.slice(0, 200)}" names no owner and repository.`, {
      place: 'repository',
      mend: 'Write https://host/owner/name.',
    })
  }
  const plain = plainHost(host)
  const known = githubHost(env().GITHUB_API_URL)
  // An ssh port says nothing about the API's.
  if (plain !== known && plain.replace(/:\d+$/, '') !== known) {
    throw new AppError('bad_config', `Pull requests cannot be opened on ${plain}, only on ${known}.`, {
      place: 'repository',
      mend: 'Clone it and give the path of the clone, or set GITHUB_API_URL if it is a GitHub server.',
    })
  }
  const https = plain === 'github.com' ? `https://github.com/${name}.git` : undefined
  // One repository is one row, whichever way it was written.
  return {
    name,
    forge: 'github',
    source: https ?? source ?? `https://${plain}/${name}.git`,
    defaultBranch: 'main',
  }
}
