import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { packageRoot } from '@/lib/root'

export interface Source {
  /** From the root, with `/`. */
  readonly path: string
  readonly text: string
}

export interface Import {
  readonly from: string
  /** A path of ours without its ending, or a package as written. */
  readonly to: string
  readonly ours: boolean
  readonly typeOnly: boolean
}

/** Every TypeScript file, and script, below these folders. */
export function sourcesOf(...folders: readonly string[]): Source[] {
  return folders.flatMap((folder) => {
    const root = join(packageRoot(), folder)
    if (!existsSync(root)) return []
    return readdirSync(root, { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.(?:tsx?|mjs)$/.test(name) && !name.endsWith('.d.ts'))
      .map((name) => read(`${folder}/${name}`))
  })
}

export function read(path: string): Source {
  return { path, text: readFileSync(join(packageRoot(), path), 'utf8') }
}

const statement =
  /(?:^|\n)\s*(?:import|export)\s+(type\s+)?(?:([\w*$\s{},]+?)\s+from\s+)?['"]([^'"\n]+)['"]|\bimport\(\s*['"]([^'"\n]+)['"]/g

/** What a file imports or exports again, types and dynamic imports too. */
export function importsOf({ path, text }: Source): Import[] {
  return [...withoutComments(text).matchAll(statement)].map(([, type, names = '', fixed, dynamic]) => {
    const to = fixed ?? dynamic ?? ''
    const named = /^\{([\s\S]*)\}$/
      .exec(names.trim())?.[1]
      ?.split(',')
      .map((name) => name.trim())
    const typeOnly =
      type !== undefined || (named?.every((name) => name === '' || name.startsWith('type ')) ?? false)
    if (to.startsWith('@/')) return { from: path, to: to.slice(2), ours: true, typeOnly }
    if (to.startsWith('.'))
      return { from: path, to: normalize(join(dirname(path), to)), ours: true, typeOnly }
    return { from: path, to, ours: false, typeOnly }
  })
}

export function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|\s)\/\/.*$/gm, '$1')
}
