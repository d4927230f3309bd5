import { execFileSync } from 'node:child_process'
import { existsSync, rmSync } from 'node:fs'
import { basename, join } from 'node:path'
import { packageRoot } from '@/lib/root'

export interface Program {
  readonly file: string
  readonly execArgv: readonly string[]
  readonly env: Readonly<Record<string, string>>
}

/**
 * A program of the bench as one file: a worker that is killed and begun again hundreds of times needs 0.15 s of
 * processor time to start instead of 1.5 s. Without esbuild it is run as it stands.
 * @param path from the package's root
 */
export function bundled(path: string): Program {
  const root = packageRoot()
  const source = join(root, path)
  const esbuild = join(root, 'node_modules', '.bin', 'esbuild')
  if (!existsSync(esbuild)) return { file: source, execArgv: ['--import', './cli/loader.mjs'], env: {} }
  const folder = join(root, 'node_modules', '.cache', 'devpilot-bench')
  // Of this process alone: another run of the bench may be of another state of the code.
  const file = join(folder, `${basename(path, '.ts')}-${process.pid}.mjs`)
  process.once('exit', () => rmSync(file, { force: true }))
  // Packages that are more than their JavaScript stay where they are.
  const apart = ['@electric-sql/pglite', 'pg-native', '@temporalio/*'].map((name) => `--external:${name}`)
  const require = "import{createRequire as r}from'node:module';const require=r(import.meta.url);"
  const shape = ['--bundle', '--platform=node', '--format=esm', `--banner:js=${require}`]
  execFileSync(esbuild, [source, ...shape, ...apart, `--outfile=${file}`, '--log-level=error'], { cwd: root })
  return { file, execArgv: [], env: { NODE_COMPILE_CACHE: join(folder, 'compiled') } }
}
