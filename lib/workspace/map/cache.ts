import { randomUUID } from 'node:crypto'
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { promisify } from 'node:util'
import { gunzip, gzip } from 'node:zlib'
import { z } from 'zod'
import { toAppError } from '@/lib/errors'
import { log } from '@/lib/log'
import type { FileFacts } from '@/lib/workspace/map/extract'

/** Raised when the queries or the words kept change: an older cache is then of no use. */
const version = 1
/** Blobs kept for one repository; those of the tree in use come first. */
const maxBlobs = 40_000

/** Strings are kept once and named by number; a blob is its SHA, its definitions (name, line, text) and its words. */
interface CacheFile {
  readonly version: typeof version
  readonly strings: readonly string[]
  readonly blobs: readonly (readonly [string, readonly number[], readonly number[]])[]
}

/** Facts by blob SHA; empty when there is no cache, or one that cannot be read. */
export async function readCache(path: string): Promise<Map<string, FileFacts>> {
  try {
    const bytes = await promisify(gunzip)(await readFile(path), { maxOutputLength: 256 * 1024 * 1024 })
    return unpack(asCacheFile(JSON.parse(bytes.toString('utf8'))))
  } catch (error) {
    const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT'
    if (!missing)
      log('warn', 'The cache of the repository map is made anew.', { path, error: toAppError(error).message })
    return new Map()
  }
}

/** Writes the cache aside and renames it: two that write at once leave one of the two, whole. */
export async function writeCache(path: string, facts: ReadonlyMap<string, FileFacts>): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  const bytes = await promisify(gzip)(JSON.stringify(pack(facts)), { level: 1 })
  const aside = `${path}.${randomUUID()}`
  try {
    await writeFile(aside, bytes, { mode: 0o600 })
    await rename(aside, path)
  } finally {
    await rm(aside, { force: true })
  }
}

function pack(facts: ReadonlyMap<string, FileFacts>): CacheFile {
  const ids = new Map<string, number>()
  const id = (text: string): number => {
    const known = ids.get(text)
    if (known !== undefined) return known
    ids.set(text, ids.size)
    return ids.size - 1
  }
  const blobs: [string, number[], number[]][] = []
  for (const [sha, { definitions, words }] of facts) {
    if (blobs.length >= maxBlobs) break
    const flat = definitions.flatMap(({ name, line, text }) => [id(name), line, id(text)])
    blobs.push([sha, flat, words.map(id)])
  }
  return { version, strings: [...ids.keys()], blobs }
}

function unpack({ strings, blobs }: CacheFile): Map<string, FileFacts> {
  const text = (id: number | undefined): string => strings[id ?? -1] ?? ''
  const facts = new Map<string, FileFacts>()
  for (const [sha, flat, words] of blobs) {
    const definitions = []
    for (let at = 0; at + 2 < flat.length; at += 3) {
      definitions.push({ name: text(flat[at]), line: flat[at + 1] ?? 1, text: text(flat[at + 2]) })
    }
    facts.set(sha, { definitions, words: words.map(text) })
  }
  return facts
}

// The outer shape alone: checking each of a million numbers costs more than reading them.
const outerSchema = z.object({
  version: z.literal(version),
  strings: z.array(z.unknown()),
  blobs: z.array(z.unknown()),
})

/** Guarantee: version and outer shape are ours; a wrong inside gives a poor map, never a crash (see `text`). */
function asCacheFile(value: unknown): CacheFile {
  return outerSchema.parse(value) as CacheFile
}
