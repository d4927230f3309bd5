/**
 * The program as plain JavaScript, made of its TypeScript when that has changed: a command takes two thirds of the
 * time, and a worker 80 MB less. What cannot be made (a folder of somebody else's) runs as it stands.
 */
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

/** Folders that the program is made of; its packages are told by npm's own record of them. */
export const sources = ['cli', 'drizzle', 'lib']
const record = join('node_modules', '.package-lock.json')
export const compileOptions = {
  entryPoints: ['cli/devpilot.ts', 'cli/before-start.ts'],
  bundle: true,
  splitting: true,
  platform: 'node',
  format: 'esm',
  target: 'node24',
  // Those that are more than their JavaScript stay where they are; so does undici, an older kind of module that is
  // imported late: compiled, it would have no names.
  external: ['@electric-sql/pglite', '@temporalio/*', 'pg-native', 'undici'],
  logLevel: 'silent',
  // Packages of the older kind ask for others by `require`.
  banner: {
    js: "import{createRequire as requireOf}from'node:module';const require=requireOf(import.meta.url);",
  },
}
/** Processes load parts of theirs late, also after a change. */
const KEPT = 10

/**
 * @param root the package's folder
 * @param name of a program in cli/, as `devpilot`
 * @returns what Node is started with
 */
export async function programOf(root, name) {
  try {
    const folder = join(root, 'node_modules', '.cache', 'devpilot-program')
    const made = join(folder, stampOf(root))
    if (!existsSync(made)) await compile(root, folder, made)
    return [join(made, `${name}.js`)]
  } catch {
    const loader = pathToFileURL(join(root, 'cli', 'loader.mjs')).href
    return ['--disable-warning=ExperimentalWarning', '--import', loader, join(root, 'cli', `${name}.ts`)]
  }
}

function stampOf(root) {
  const hash = createHash('sha256')
  const add = (path) => {
    const { mtimeMs, size } = statSync(join(root, path))
    hash.update(`${path} ${mtimeMs} ${size}\n`)
  }
  for (const folder of sources)
    for (const name of readdirSync(join(root, folder), { recursive: true }).sort())
      if (/\.(?:ts|json|mjs)$/.test(name)) add(join(folder, name))
  add(record)
  return hash.digest('hex').slice(0, 16)
}

async function compile(root, folder, made) {
  mkdirSync(folder, { recursive: true })
  const outdir = mkdtempSync(join(folder, 'new-'))
  try {
    const { build } = await import('esbuild')
    await build({ ...compileOptions, absWorkingDir: root, outdir })
    renameSync(outdir, made)
  } catch (error) {
    rmSync(outdir, { recursive: true, force: true })
    // Another was first: theirs is the same.
    if (!existsSync(made)) throw error
  }
  const age = (name) => statSync(join(folder, name)).mtimeMs
  const old = readdirSync(folder).sort((a, b) => age(b) - age(a))
  for (const name of old.slice(KEPT)) rmSync(join(folder, name), { recursive: true, force: true })
}
