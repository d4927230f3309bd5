import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { packageRoot } from '@/lib/root'

interface Compile {
  readonly sources: readonly string[]
  readonly sourceName: RegExp
  readonly readLate: string
  readonly compileOptions: object
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
