import { spawn } from 'node:child_process'
import { existsSync, statfsSync } from 'node:fs'
import type { SandboxLimits } from './sandbox'

const POLL_MS = 250

/**
 * Watches what a command takes of the disk. Counting a tree is slow, so the file system's free space is looked at
 * first, and the folders are counted by `du` only when more than the limit has gone since the start.
 * @returns a function that says whether the limit is passed.
 */
export function diskWatch(folders: readonly string[], limits: SandboxLimits): () => boolean {
  const free = (): number => Math.min(...folders.map(freeBytes))
  const start = folders.length === 0 ? 0 : free()
  let next = performance.now() + POLL_MS
  let counting = false
  let over = false
  return () => {
    if (over || counting || folders.length === 0 || performance.now() < next) return over
    next = performance.now() + POLL_MS
    if (start - free() <= limits.diskBytes) return false
    counting = true
    void count(folders).then((bytes) => {
      counting = false
      over = bytes > limits.diskBytes
    })
    return false
  }
}

/** A folder that was removed meanwhile takes nothing any more. */
function freeBytes(folder: string): number {
  if (!existsSync(folder)) return Number.POSITIVE_INFINITY
  const stat = statfsSync(folder)
  return stat.bavail * stat.bsize
}

/** Bytes that the folders take, 0 when they cannot be counted. */
function count(folders: readonly string[]): Promise<number> {
  return new Promise((resolve) => {
    const child = spawn('du', ['-sxk', '--', ...folders], { stdio: ['ignore', 'pipe', 'ignore'] })
    let text = ''
    child.stdout.on('data', (chunk: Buffer) => {
      text += chunk.toString('utf8')
    })
    child.on('error', () => resolve(0))
    child.on('close', () => {
      const sizes = text.split('\n').map((line) => Number(line.split('\t')[0] ?? 0))
      resolve(sizes.reduce((sum, size) => sum + size, 0) * 1024)
    })
  })
}
