import { constants } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { isAbsolute, join, normalize } from 'node:path'
import { AppError } from '@/lib/errors'

export interface SafeReadInput {
  /** Host path of the folder that the file must lie in; itself trusted. */
  readonly root: string
  /** Relative to root, with `/`. */
  readonly path: string
  /** Larger files are refused, in bytes; 10 MB when absent. */
  readonly maxBytes?: number
}

const folderFlags = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW
// O_NONBLOCK: opening a FIFO would wait for its writer for ever.
const fileFlags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK

/**
 * Reads a file that a sandboxed command may have had its hands on. No link is followed at any step below the root,
 * and only regular files are read. Each folder is opened below the descriptor of the one before (/proc/self/fd), so
 * that a folder swapped for a link meanwhile changes nothing.
 * @throws AppError: bad_request (path leaves the root), not_found, forbidden (link, FIFO, device), too_large.
 */
export async function readNoFollow(input: SafeReadInput): Promise<Buffer> {
  const parts = partsOf(input.path)
  const max = input.maxBytes ?? 10_000_000
  let handle = await open(input.root, constants.O_RDONLY | constants.O_DIRECTORY)
  let place = input.root
  try {
    for (const [index, part] of parts.entries()) {
      const below = process.platform === 'linux' ? `/proc/self/fd/${handle.fd}` : place
      place = join(place, part)
      const next = await openPart(
        join(below, part),
        index === parts.length - 1 ? fileFlags : folderFlags,
        input.path,
      )
      await handle.close()
      handle = next
    }
    return await readRegular(handle, input.path, max)
  } finally {
    await handle.close()
  }
}

function partsOf(path: string): string[] {
  const clean = normalize(path)
  const parts = clean.split('/')
  if (path !== '' && !isAbsolute(clean) && !parts.includes('..') && !path.includes('\0') && clean !== '.')
    return parts
  throw new AppError('bad_request', `The path "${path}" does not name a file inside the workspace.`, {
    place: path,
    mend: 'Give a path relative to the workspace, without leading `/` or `..`.',
  })
}

async function openPart(path: string, flags: number, shown: string): Promise<FileHandle> {
  try {
    return await open(path, flags)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code === 'ENOENT')
      throw new AppError('not_found', `There is no file ${shown}.`, { place: shown, cause: error })
    if (code === 'ELOOP' || code === 'ENOTDIR')
      throw notRegular(shown, 'it is a link, or lies behind one', error)
    if (code === 'ENXIO') throw notRegular(shown, 'it is no regular file', error)
    throw error
  }
}

async function readRegular(handle: FileHandle, shown: string, max: number): Promise<Buffer> {
  const stat = await handle.stat()
  if (!stat.isFile()) throw notRegular(shown, 'it is no regular file')
  const tooLarge = new AppError('too_large', `${shown} has more than ${max} bytes.`, {
    place: shown,
    mend: 'Read a part of it with a search, or leave it out.',
  })
  if (stat.size > max) throw tooLarge
  // One byte more than allowed: the file may grow while it is read.
  const buffer = Buffer.alloc(Math.min(stat.size, max) + 1)
  let length = 0
  while (length < buffer.length) {
    const { bytesRead } = await handle.read(buffer, length, buffer.length - length, length)
    if (bytesRead === 0) break
    length += bytesRead
  }
  if (length > max) throw tooLarge
  return buffer.subarray(0, length)
}

function notRegular(shown: string, why: string, cause?: unknown): AppError {
  return new AppError('forbidden', `${shown} is not read: ${why}.`, {
    place: shown,
    mend: 'Only regular files of the workspace are read; replace the link by the file that it should be.',
    cause,
  })
}
