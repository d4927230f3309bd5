import { AppError } from '@/lib/errors'

/**
 * A path as an agent gives it, made plain: no `./`, no double slash. Pure; links are looked at by safe-fs.ts.
 * @returns the path relative to the workspace, '' for its top.
 * @throws AppError 'bad_request' (absolute, NUL) or 'forbidden' (`..`, `.git` in any spelling), worded for the agent.
 */
export function cleanPath(path: string): string {
  const shown = showPath(path)
  const mend = 'Give a path inside the workspace, relative to its top, such as `src/app.ts`.'
  if (path.includes('\0')) throw new AppError('bad_request', `${shown} holds a NUL character.`, { mend })
  if (path.startsWith('/') || /^[A-Za-z]:[\\/]/.test(path) || path.startsWith('~/')) {
    throw new AppError('bad_request', `${shown} is not relative to the workspace.`, { place: path, mend })
  }
  const parts = path.split('/').filter((part) => part !== '' && part !== '.')
  if (parts.includes('..')) {
    throw new AppError('forbidden', `${shown} holds \`..\`, which may leave the workspace.`, {
      place: path,
      mend,
    })
  }
  if (parts.some(isDotGit)) {
    throw new AppError(
      'forbidden',
      `${shown} is under \`.git\`, which is not the agent's to read or change.`,
      {
        place: path,
        mend: 'Use git_diff to see changes; commits are made for you.',
      },
    )
  }
  return parts.join('/')
}

/** As `cleanPath`, but the top of the workspace is refused too. */
export function cleanFilePath(path: string): string {
  const clean = cleanPath(path)
  if (clean === '' || path.endsWith('/')) {
    throw new AppError('bad_request', `${showPath(path)} names a folder, not a file.`, {
      place: path,
      mend: 'Name a file; list_files shows what there is.',
    })
  }
  return clean
}

/** A path in a message: quoted, with line ends and control characters escaped. */
export function showPath(path: string): string {
  const short = path.length > 200 ? `${path.slice(0, 200)}…` : path
  return `\`${JSON.stringify(short).slice(1, -1).replaceAll('\\"', '"')}\``
}

/**
 * `.git` as any file system may spell it: letter case, the short name `git~1`, trailing dots and spaces and streams
 * of NTFS, characters that HFS+ ignores. After git's own verify_path().
 */
function isDotGit(part: string): boolean {
  const plain = part
    .replace(/[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]/g, '')
    .toLowerCase()
    .replace(/:.*$/s, '')
    .replace(/[. ]+$/, '')
  return plain === '.git' || plain === 'git~1'
}
