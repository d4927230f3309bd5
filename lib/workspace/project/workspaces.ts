import { posix } from 'node:path'
import { parse } from 'yaml'
import { z } from 'zod'
import type { PackageJson } from '@/lib/workspace/project/detect-node'
import type { ProjectReader } from '@/lib/workspace/project/reader'

const pnpmSchema = z.object({ packages: z.array(z.string()).default([]) })

/** Folders with a package.json that the workspace globs name, the root first. */
export async function workspacePackages(
  reader: ProjectReader,
  manifest: PackageJson,
): Promise<readonly string[]> {
  const globs = [...(manifest.workspaces ?? []), ...(await pnpmGlobs(reader))]
  const wanted = globs.filter((glob) => !glob.startsWith('!'))
  const unwanted = globs.filter((glob) => glob.startsWith('!')).map((glob) => glob.slice(1))
  const folders = reader.files
    .filter((path) => path.endsWith('/package.json'))
    .map((path) => posix.dirname(path))
    .filter((folder) => wanted.some((glob) => fits(folder, glob)))
    .filter((folder) => !unwanted.some((glob) => fits(folder, glob)))
  return ['', ...folders.sort()]
}

async function pnpmGlobs(reader: ProjectReader): Promise<readonly string[]> {
  const raw = await reader.read('pnpm-workspace.yaml')
  if (raw === null) return []
  try {
    const parsed = pnpmSchema.safeParse(parse(raw))
    return parsed.success ? parsed.data.packages : []
  } catch (error) {
    // A broken file is the package manager's to complain about, with the better message.
    if (error instanceof Error && error.name === 'YAMLParseError') return []
    throw error
  }
}

function fits(folder: string, glob: string): boolean {
  return posix.matchesGlob(folder, posix.normalize(glob).replace(/\/$/, ''))
}
