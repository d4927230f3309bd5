import { git, nulSeparated } from '@/lib/workspace/git/run'
import { isMapped } from '@/lib/workspace/map/languages'

export interface Blob {
  readonly path: string
  readonly sha: string
  readonly bytes: number
}

/** The files of a commit or tree that the map is made of, by path. */
export async function listBlobs(gitDir: string, treeSha: string, signal?: AbortSignal): Promise<Blob[]> {
  const args = ['ls-tree', '-r', '-l', '-z', '--full-tree', '--end-of-options', treeSha]
  const { stdout } = await git(args, { gitDir, signal })
  const blobs: Blob[] = []
  for (const line of nulSeparated(stdout)) {
    const tab = line.indexOf('\t')
    const [mode, , sha = '', size] = line.slice(0, tab).split(/ +/)
    const path = line.slice(tab + 1)
    const bytes = Number(size)
    // Links (120000) and submodules (160000) are no code of their own.
    if (mode?.startsWith('100') && isMapped(path, bytes)) blobs.push({ path, sha, bytes })
  }
  return blobs
}

/** Batches of blobs of so many bytes each: what is held in memory at once. */
export function inBatches(blobs: readonly Blob[], maxBytes: number): Blob[][] {
  const batches: Blob[][] = []
  let room = 0
  for (const blob of blobs) {
    if (blob.bytes > room || batches.length === 0) {
      batches.push([])
      room = maxBytes
    }
    batches.at(-1)?.push(blob)
    room -= blob.bytes
  }
  return batches
}

/** The texts of some blobs, by SHA, from one `git cat-file --batch --buffer`. */
export async function readBlobs(
  gitDir: string,
  blobs: readonly Blob[],
  signal?: AbortSignal,
): Promise<Map<string, string>> {
  const input = `${blobs.map((blob) => blob.sha).join('\n')}\n`
  const { stdout } = await git(['cat-file', '--batch', '--buffer'], { gitDir, input, signal })
  const texts = new Map<string, string>()
  // Each is `<sha> blob <size>\n<bytes>\n`; one that is not there, `<sha> missing\n`.
  for (let at = 0; at < stdout.length; ) {
    const end = stdout.indexOf(10, at)
    if (end === -1) break
    const [sha = '', kind, size = ''] = stdout.toString('latin1', at, end).split(' ')
    at = end + 1
    if (kind !== 'blob') continue
    const bytes = Number(size)
    texts.set(sha, stdout.toString('utf8', at, at + bytes))
    at += bytes + 1
  }
  return texts
}
