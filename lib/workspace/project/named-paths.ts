import { posix } from 'node:path'
import { isTestFile } from '@/lib/workspace/map/languages'
import type { TestCheck } from './project'

/** Programs of which every word that is no option names a file or a folder. */
const takesPaths = new Set(['mocha', '_mocha', 'eslint', 'pytest', 'py.test', 'flake8', 'mypy', 'nyc'])
/** Options whose next word is a path that has to be there. */
const pathOptions = new Set(['--config', '-c', '--project', '-p', '--ignore-path', '--spec'])
/** Options whose next word is something else: a name, a pattern, a number, a place to write to. */
const valueOptions =
  /^(-[rRtgkmnofe]|--(require|import|(experimental-)?loader|ext|reporter|ui|timeout|grep|env|rootdir|max-warnings|format|parser|plugin|rule|ignore-pattern|exclude|workers|jobs|maxfail)|--\S*(out|report|cache|log|xml|cov|dir)\S*)$/i
/** Made by an install or a build, so they need not be there before. */
const madeLater = /^(node_modules|dist|build|out|target|coverage|vendor|venv|\.[^/]+)(\/|$)/
const source = /\.([cm]?[jt]sx?|py|rb|sh|json|toml|ya?ml|ini|cfg)$/

/** The files and folders that a command names and that are not there; none where it cannot be told. */
export function missingPaths(command: string, files: readonly string[]): string[] {
  const named: string[] = []
  for (const segment of command.split(/&&|\|\||[;|]/)) {
    const words = (segment.split(/[<>]/)[0] ?? '').trim().split(/\s+/).map(unquoted).filter(Boolean)
    // Behind it paths begin elsewhere.
    if (words[0] === 'cd') break
    named.push(...pathsOf(words))
  }
  return [...new Set(named)].filter((path) => !isThere(path, files))
}

function pathsOf(words: readonly string[]): string[] {
  const found: string[] = []
  const program = words.findIndex((word) => takesPaths.has(posix.basename(word)))
  for (const [index, word] of words.entries()) {
    const before = words[index - 1] ?? ''
    if (word.startsWith('-') || word.includes('=') || valueOptions.test(before)) continue
    const positional = program >= 0 && index > program && !pathOptions.has(before)
    const path = plainPath(word)
    // A program that is no file of the repository is found on the machine's PATH.
    if (path !== null && (positional || source.test(path) || word.includes('/'))) found.push(path)
  }
  return found
}

const unquoted = (word: string): string => word.replace(/^(['"])(.*)\1$/, '$2')

/** A path below the root; null for a pattern, a package's name, an address and what is made later. */
function plainPath(word: string): string | null {
  if (/[*?{}[\]()$`~:@\\'"]|\.\.\./.test(word.split('::')[0] ?? '')) return null
  const path = posix.normalize(word.split('::')[0] ?? '').replace(/\/$/, '')
  return path === '.' || path.startsWith('..') || path.startsWith('/') || madeLater.test(path) ? null : path
}

/** The ending may be left out, as `node test/index` does. */
function isThere(path: string, files: readonly string[]): boolean {
  return files.some((file) => file === path || file.startsWith(`${path}/`) || file.startsWith(`${path}.`))
}

/** Whether there is anything that the tests' command could run; true where that cannot be told by names. */
export function hasTestFiles({ command, framework }: TestCheck, files: readonly string[]): boolean {
  // Rust keeps tests within the code; of an unknown runner it is not known what it looks for.
  if (framework === 'unknown' || framework === 'cargo-test') return true
  if (files.some((path) => isTestFile(path) || /(^|\/)tests?([._-][^/]*)?\.\w+$/i.test(path))) return true
  return command.split(/\s+/).some((word) => source.test(word) && files.includes(posix.normalize(word)))
}
