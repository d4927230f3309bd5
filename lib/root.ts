import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { z } from 'zod'

/**
 * The folder this program is installed in: its prompts, migrations and samples lie there. Found by walking up,
 * because a bundle of Next runs from below `.next/`.
 */
export function packageRoot(): string {
  let folder = import.meta.dirname ?? process.cwd()
  while (!isRoot(folder)) {
    const parent = dirname(folder)
    if (parent === folder) return process.cwd()
    folder = parent
  }
  return folder
}

function isRoot(folder: string): boolean {
  return existsSync(join(folder, 'drizzle', 'migrations')) && existsSync(join(folder, 'package.json'))
}

/** Text of a file that ships with the program, by its path from the package's root. */
export function packageFile(path: string): string {
  return readFileSync(join(packageRoot(), path), 'utf8')
}

/** The version in package.json. */
export function packageVersion(): string {
  const { version } = z.object({ version: z.string() }).parse(JSON.parse(packageFile('package.json')))
  return version
}
