/**
 * The program as plain JavaScript, made of its TypeScript when that has changed: a command takes two thirds of the
 * time, and a worker 80 MB less. What cannot be made (a folder of somebody else's) runs as it stands.
 */
import { createHash } from 'node:crypto'
import {
  accessSync,
  chmodSync,
  constants,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

/** Folders that the program is made of; its packages are told by npm's own record of them. */
export const sources = ['cli', 'drizzle', 'lib']
/** Read by the program as it runs: no part of it. */
export const readLate = join('drizzle', 'migrations')
/** Their files that it may be made of. */
export const sourceName = /\.(?:[cm]?[jt]sx?|json)$/
const others = ['tsconfig.json', join('node_modules', '.package-lock.json')]
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
/** Processes load parts of theirs late: what was made stays for as long as a worker may well live. */
const KEPT = 10
const KEPT_MS = 7 * 24 * 3_600_000

/**
 * @param root the package's folder
 * @param name of a program in cli/, as `devpilot`
 * @param onProblem told why the program was not compiled
 * @returns what Node is started with
 */
export async function programOf(root, name, onProblem = () => {}) {
  try {
    const modules = join(root, 'node_modules')
    // A program finds its files from where it lies.
    if (realpathSync(modules) !== join(realpathSync(root), 'node_modules'))
      throw new Error(`${modules} is a link to elsewhere`)
    const folder = join(modules, '.cache', 'devpilot-program')
    const made = join(folder, stampOf(root))
    const entry = join(made, `${name}.js`)
    if (!isReadable(entry)) {
      await compile(root, folder, made)
      accessSync(entry, constants.R_OK)
    }
    return [entry]
  } catch (error) {
    onProblem(error)
    const loader = pathToFileURL(join(root, 'cli', 'loader.mjs')).href
    return ['--disable-warning=ExperimentalWarning', '--import', loader, join(root, 'cli', `${name}.ts`)]
  }
}

function isReadable(path) {
  try {
    return statSync(path).size > 0 && accessSync(path, constants.R_OK) === undefined
  } catch {
    return false
  }
}

/** By contents: an image's layers and copies keep no exact times. */
function stampOf(root) {
  const hash = createHash('sha256')
  const add = (path) => hash.update(`${path}\n`).update(readFileSync(join(root, path)))
  const addAll = (folder) => {
    for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
      const path = join(folder, entry.name)
      if (entry.isDirectory()) path !== readLate && addAll(path)
      else if (sourceName.test(entry.name)) add(path)
    }
  }
  for (const folder of sources) addAll(folder)
  for (const path of others) add(path)
  return hash.digest('hex').slice(0, 16)
}

async function compile(root, folder, made) {
  mkdirSync(folder, { recursive: true })
  const outdir = mkdtempSync(join(folder, 'new-'))
  try {
    const { build } = await import('esbuild')
    await build({ ...compileOptions, absWorkingDir: root, outdir })
    // Made by one user, run by all.
    chmodSync(outdir, 0o755)
    const whole = isReadable(join(made, 'devpilot.js'))
    // What another has just made is the same, and may be running already; what is not whole is of no use to anybody.
    rmSync(whole ? outdir : made, { recursive: true, force: true })
    if (!whole) renameSync(outdir, made)
  } catch (error) {
    rmSync(outdir, { recursive: true, force: true })
    if (!isReadable(join(made, 'devpilot.js'))) throw error
  }
  prune(folder)
}

function prune(folder) {
  try {
    const all = readdirSync(folder)
      .map((name) => ({ path: join(folder, name), at: statSync(join(folder, name)).mtimeMs }))
      .sort((a, b) => b.at - a.at)
    for (const { path, at } of all.slice(KEPT))
      if (at < Date.now() - KEPT_MS) rmSync(path, { recursive: true, force: true })
  } catch {
    // Another prunes as well: what is left is for the next time.
  }
}
