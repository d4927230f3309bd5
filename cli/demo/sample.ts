import { cp, mkdir, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { packageRoot } from '@/lib/root'
import { git } from '@/lib/workspace/git/run'

/** The recorded model calls of the demo's run. */
export const recordingPath = () => join(packageRoot(), 'samples', 'recordings', 'duration.jsonl')

/**
 * A fresh repository made from the sample: `<home>/demo/duration-<n>`. Earlier ones stay, the dashboard shows
 * their runs.
 */
export async function freshSample(home: string): Promise<string> {
  const folder = join(home, 'demo')
  await mkdir(folder, { recursive: true })
  const taken = (await readdir(folder)).map((name) => Number(/^duration-(\d+)$/.exec(name)?.[1] ?? 0))
  const path = join(folder, `duration-${Math.max(0, ...taken) + 1}`)
  await cp(join(packageRoot(), 'samples', 'duration'), path, { recursive: true })
  await rm(join(path, 'node_modules'), { recursive: true, force: true })
  await git(['init', '--quiet', '--initial-branch=main'], { cwd: path })
  await git(['add', '--all'], { cwd: path })
  await git(['commit', '--quiet', '--message', 'duration 1.2.0'], { cwd: path, date: 1_767_225_600 })
  return path
}
