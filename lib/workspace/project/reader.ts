import { constants } from 'node:fs'
import { open, readdir } from 'node:fs/promises'
import { join } from 'node:path'

/** The files of a base commit or folder. Paths are relative, with `/`. */
export interface ProjectReader {
  readonly files: readonly string[]
  /** Text of a file; null when it is absent, no plain file, or over 4 MB. */
  read(path: string): Promise<string | null>
}

const MAX_FILES = 100_000
const MAX_BYTES = 4 * 1024 * 1024
const skipped = new Set(['.git', 'node_modules', '.venv', 'venv', 'target', '__pycache__', '.tox'])

/** Reads a folder, never following a link. @param root absolute */
export async function directoryReader(root: string): Promise<ProjectReader> {
  const files: string[] = []
  const folders = ['']
  for (let folder = folders.shift(); folder !== undefined; folder = folders.shift()) {
    const entries = await readdir(join(root, folder), { withFileTypes: true })
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`
      if (entry.isDirectory() && !skipped.has(entry.name)) folders.push(path)
      else if (entry.isFile() && files.length < MAX_FILES) files.push(path)
    }
  }
  return { files, read: (path) => readPlain(join(root, path), MAX_BYTES) }
}

/**
 * Text of a plain file, never through a link in its last part; null when there is none or it is larger.
 * @param maxBytes upper bound of what is read into memory
 */
export async function readPlain(path: string, maxBytes: number): Promise<string | null> {
  const file = await openPlain(path)
  if (file === null) return null
  try {
    const facts = await file.stat()
    return facts.isFile() && facts.size <= maxBytes ? await file.readFile('utf8') : null
  } finally {
    await file.close()
  }
}

/** Opens without following a link and without waiting on a pipe; null when there is no such file. */
export async function openPlain(path: string) {
  try {
    return await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  } catch (error) {
    if (['ENOENT', 'ELOOP', 'ENOTDIR', 'ENXIO', 'EACCES'].includes(codeOf(error))) return null
    throw error
  }
}

/** `ENOENT` and the like, else ''. */
export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''
}
