import { randomBytes } from 'node:crypto'
import {
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  readlinkSync,
  readSync,
  renameSync,
  rmSync,
  type Stats,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { join, posix } from 'node:path'
import { AppError } from '@/lib/errors'
import { type Owner, ownFile } from '@/lib/workspace/files/owner'
import { cleanPath, showPath } from '@/lib/workspace/files/path'

// A folder that a sandboxed command can write holds whatever it likes: links, pipes, devices, and they may change
// while we look. So every folder on the way is opened by its descriptor, without following links, and the next name
// is looked up below that descriptor (/proc/self/fd). Calls are synchronous: three times as fast as fs.promises
// (facts.md), and nothing else of this process runs between a check and its use.

const dirFlags = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW
const readFlags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK
const makeFlags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW
const maxLinks = 20

/** Start of the names of files being written; a mirror's exclude file names them. */
export const temporaryPrefix = '.devpilot-write-'

export interface InsideFile {
  /** Where it really lies: links within the workspace are resolved. */
  readonly path: string
  readonly bytes: Buffer
  readonly size: number
  readonly mode: number
}

/**
 * Where a path lies after following links that stay inside. Each name of it is checked again.
 * @throws AppError 'forbidden' when a link leaves the workspace, 'not_found', 'unprocessable' (too many links).
 */
export function resolveInside(root: string, path: string): string {
  let rest = cleanPath(path).split('/').filter(Boolean)
  let done: string[] = []
  for (let links = 0; rest.length > 0; ) {
    const [name = '', ...after] = rest
    const here = [...done, name]
    const target = withFolder(root, done, path, false, (dir) => linkTarget(join(dir, name)))
    if (target === null) {
      done = here
      rest = after
      continue
    }
    if (++links > maxLinks) {
      throw new AppError('unprocessable', `${showPath(path)} goes round in links.`, { place: path })
    }
    const joined = posix.normalize(posix.join(...done, target))
    if (target.startsWith('/') || joined === '..' || joined.startsWith('../')) {
      throw leaving(path, here.join('/'), target)
    }
    rest = [...cleanPath(joined).split('/').filter(Boolean), ...after]
    done = []
  }
  return done.join('/')
}

/**
 * The bytes of a regular file, links inside the workspace followed.
 * @param maxBytes a larger file gives its size and no more than these first bytes.
 * @throws AppError 'forbidden' (a link that leaves), 'not_found', 'unprocessable' (a folder, pipe or device).
 */
export function readInside(root: string, path: string, maxBytes: number): InsideFile {
  const real = resolveInside(root, path)
  const { folder, name } = split(real)
  return withFolder(root, folder, path, false, (dir) => {
    const fd = openAt(join(dir, name), readFlags, path)
    try {
      const info = fstatSync(fd)
      requireRegular(info, path)
      const bytes = info.size <= maxBytes ? readFileSync(fd) : readHead(fd, maxBytes)
      return { path: real, bytes, size: info.size, mode: info.mode }
    } finally {
      closeSync(fd)
    }
  })
}

/**
 * Writes a whole file: made aside, then renamed, so a reader sees the old or the new one. Folders on the way are
 * made. The mode of a file that was there is kept. As root it goes to the owner of the workspace.
 * @throws AppError 'forbidden' when the file or a folder on the way is a link, 'unprocessable' when the place is
 *   taken by a folder, pipe or device.
 */
export function writeInside(root: string, path: string, bytes: Buffer): void {
  const { folder, name } = split(cleanPath(path))
  const top = lstatSync(root)
  withFolder(root, folder, path, { uid: top.uid, gid: top.gid }, (dir) => {
    const target = join(dir, name)
    const before = lstatSync(target, { throwIfNoEntry: false })
    if (before) requireRegular(before, path, dir)
    const aside = join(dir, `${temporaryPrefix}${randomBytes(6).toString('hex')}`)
    const fd = openSync(aside, makeFlags, 0o600)
    try {
      writeFileSync(fd, bytes)
      ownFile(fd, top)
      fchmodSync(fd, before ? before.mode & 0o777 : 0o644)
      renameSync(aside, target)
    } catch (error) {
      rmSync(aside, { force: true })
      throw error
    } finally {
      closeSync(fd)
    }
  })
}

/** Deletes a file, or a link itself and never its target. @throws as `writeInside`, and 'not_found'. */
export function removeInside(root: string, path: string): void {
  const { folder, name } = split(cleanPath(path))
  withFolder(root, folder, path, false, (dir) => {
    const info = lstatSync(join(dir, name), { throwIfNoEntry: false })
    if (!info) throw missing(path)
    if (!info.isSymbolicLink()) requireRegular(info, path)
    unlinkSync(join(dir, name))
  })
}

/**
 * Opens the folders one below the other and calls `use` with a path that means the last one for as long as it runs.
 * @param make owner of the folders to make on the way; false to make none.
 */
function withFolder<T>(
  root: string,
  folder: readonly string[],
  asked: string,
  make: Owner | false,
  use: (dir: string) => T,
): T {
  let fd = openSync(root, dirFlags)
  try {
    for (const [index, name] of folder.entries()) {
      const path = at(fd, root, folder.slice(0, index))
      const next = openFolder(join(path, name), asked, make)
      closeSync(fd)
      fd = next
    }
    return use(at(fd, root, folder))
  } finally {
    closeSync(fd)
  }
}

/** Without /proc (macOS) the plain path is used: links are refused all the same, a race with a command is not. */
function at(fd: number, root: string, folder: readonly string[]): string {
  return process.platform === 'linux' ? `/proc/self/fd/${fd}` : join(root, ...folder)
}

function openFolder(path: string, asked: string, make: Owner | false): number {
  try {
    return openSync(path, dirFlags)
  } catch (error) {
    if (make === false || codeOf(error) !== 'ENOENT') throw translate(error, asked, path)
  }
  mkdirSync(path, 0o755)
  const fd = openAt(path, dirFlags, asked)
  ownFile(fd, make)
  return fd
}

function openAt(path: string, flags: number, asked: string): number {
  try {
    return openSync(path, flags)
  } catch (error) {
    throw translate(error, asked, path)
  }
}

function linkTarget(path: string): string | null {
  const info = lstatSync(path, { throwIfNoEntry: false })
  return info?.isSymbolicLink() ? readlinkSync(path) : null
}

function readHead(fd: number, bytes: number): Buffer {
  const head = Buffer.alloc(bytes)
  return head.subarray(0, readSync(fd, head, 0, bytes, 0))
}

function requireRegular(info: Stats, asked: string, dir?: string): void {
  if (info.isFile()) return
  if (info.isSymbolicLink()) throw throughLink(asked, dir ? linkTarget(join(dir, split(asked).name)) : null)
  const kind = info.isDirectory() ? 'a folder' : 'a pipe, socket or device'
  throw new AppError('unprocessable', `${showPath(asked)} is ${kind}, not a file.`, {
    place: asked,
    mend: 'Name a regular file; list_files shows what there is.',
  })
}

function translate(error: unknown, asked: string, path: string): unknown {
  const code = codeOf(error)
  if (code === 'ENOENT') return missing(asked)
  if (code === 'ELOOP') return throughLink(asked, null)
  if (code === 'ENOTDIR') {
    // O_DIRECTORY with O_NOFOLLOW says ENOTDIR for a link too.
    return linkTarget(path) === null
      ? new AppError('not_found', `${showPath(asked)}: a part of the path is a file.`, { place: asked })
      : throughLink(asked, linkTarget(path))
  }
  if (code === 'ENAMETOOLONG') return new AppError('bad_request', `${showPath(asked)} is too long.`)
  if (code === 'ENXIO') return new AppError('unprocessable', `${showPath(asked)} is a socket or pipe.`)
  return error
}

function missing(asked: string): AppError {
  const mend = 'Look with list_files or search_code for where it is.'
  return new AppError('not_found', `There is no file ${showPath(asked)}.`, { place: asked, mend })
}

function leaving(asked: string, link: string, target: string): AppError {
  const message = `${showPath(asked)} goes through ${showPath(link)}, a link to ${showPath(target)} outside the workspace.`
  return new AppError('forbidden', message, { place: asked, mend: 'Use files of the workspace only.' })
}

function throughLink(asked: string, target: string | null): AppError {
  const to = target === null ? '' : ` to ${showPath(target)}`
  return new AppError('forbidden', `${showPath(asked)} is, or goes through, a symbolic link${to}.`, {
    place: asked,
    mend: 'Change the file that it points to by its own path, if that lies in the workspace.',
  })
}

function split(path: string): { readonly folder: string[]; readonly name: string } {
  const parts = path.split('/').filter(Boolean)
  return { folder: parts.slice(0, -1), name: parts.at(-1) ?? '' }
}

function codeOf(error: unknown): unknown {
  return typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined
}
