import { rmSync } from 'node:fs'
import { basename, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type BuildOptions, buildSync } from 'esbuild'
import { packageRoot } from '@/lib/root'

interface Compile {
  readonly sources: readonly string[]
  readonly sourceName: RegExp
  readonly readLate: string
  readonly compileOptions: BuildOptions
  programOf(
    root: string,
    name: 'devpilot' | 'before-start',
    onProblem?: (error: Error) => void,
  ): Promise<string[]>
}

/** cli/compile.mjs, which is plain JavaScript. */
export const compile: Compile = await import(pathToFileURL(join(packageRoot(), 'cli', 'compile.mjs')).href)

/** What Node is started with to be a program itself, without the launcher: its process is the one to be killed. */
export const program = (name: 'devpilot' | 'before-start') =>
  compile.programOf(packageRoot(), name, (error) => {
    throw error
  })

export interface Bundled {
  readonly file: string
  readonly env: Readonly<Record<string, string>>
}

/**
 * A program of a test or a bench as one file, compiled as the command is: a worker that is killed and begun again
 * hundreds of times needs 0.15 s of processor time to start instead of 1.5 s.
 * @param path from the package's root
 */
export function bundled(path: string): Bundled {
  const root = packageRoot()
  const folder = join(root, 'node_modules', '.cache', 'devpilot-bundled')
  // Of this process alone: another may be of another state of the code.
  const file = join(folder, `${basename(path, '.ts')}-${process.pid}.mjs`)
  process.once('exit', () => rmSync(file, { force: true }))
  buildSync({
    ...compile.compileOptions,
    absWorkingDir: root,
    entryPoints: [path],
    splitting: false,
    outfile: file,
  })
  return { file, env: { NODE_COMPILE_CACHE: join(folder, 'compiled') } }
}
