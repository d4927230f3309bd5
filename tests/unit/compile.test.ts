import { execFileSync } from 'node:child_process'
import { mkdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { build, type Metafile } from 'esbuild'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { packageRoot } from '@/lib/root'
import { compile } from '../support/program'
import { temporaryFolder } from '../support/repos'

const { programOf, sources, sourceName, readLate, compileOptions } = compile
const folder = temporaryFolder('compile')
afterAll(folder.dispose)

/** A package of one word, with what it is made of. */
function made(name: string, files: Readonly<Record<string, string>> = {}): string {
  const root = join(folder.path, name)
  const all = {
    'cli/devpilot.ts': "import { word } from '../lib/word'\nconsole.log(word)\n",
    'cli/before-start.ts': 'console.log(1 as number)\n',
    'lib/word.ts': "export const word: string = 'one'\n",
    'drizzle/schema.ts': 'export {}\n',
    'node_modules/.package-lock.json': '{}',
    'tsconfig.json': '{}',
    ...files,
  }
  for (const [path, text] of Object.entries(all)) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
  }
  return root
}

it('runs as it stands where nothing can be written, and where it does not compile', async () => {
  const closed = made('closed', { 'node_modules/.cache': 'a file' })
  const broken = made('broken', { 'cli/devpilot.ts': 'const = 1\n' })
  for (const root of [closed, broken]) {
    const program = await programOf(root, 'devpilot')
    expect(program.slice(1)).toEqual([
      '--import',
      pathToFileURL(join(root, 'cli', 'loader.mjs')).href,
      join(root, 'cli', 'devpilot.ts'),
    ])
  }
})

it('is made once, by whoever comes first, and anew when a file or a package changes', async () => {
  const root = made('changing')
  const all = await Promise.all([1, 2, 3].map(() => programOf(root, 'devpilot')))
  expect(new Set(all.flat()).size).toBe(1)
  const [first] = all.flat()
  expect(await programOf(root, 'devpilot')).toEqual([first])
  writeFileSync(join(root, 'lib', 'word.ts'), "export const word: string = 'two hundred'\n")
  const [second] = await programOf(root, 'devpilot')
  expect(second).not.toBe(first)
  writeFileSync(join(root, 'node_modules', '.package-lock.json'), '{"other":1}')
  expect((await programOf(root, 'devpilot'))[0]).not.toBe(second)
  rmSync(join(root, 'drizzle', 'schema.ts'))
  symlinkSync(join(root, 'lib', 'nowhere.ts'), join(root, 'drizzle', 'gone.ts'))
  // A file that cannot be read is no reason to fall over.
  expect((await programOf(root, 'devpilot')).at(-1)).toContain('cli')
})

it('can be read by everybody, is made again when it is not whole, and is not used through a link', async () => {
  const root = made('whole')
  const [entry = ''] = await programOf(root, 'devpilot')
  expect(statSync(dirname(entry)).mode & 0o777).toBe(0o755)
  expect(execFileSync(process.execPath, [entry], { encoding: 'utf8' })).toBe('one\n')
  writeFileSync(entry, '')
  expect(await programOf(root, 'devpilot')).toEqual([entry])
  expect(execFileSync(process.execPath, [entry], { encoding: 'utf8' })).toBe('one\n')
  const linked = made('linked')
  rmSync(join(linked, 'node_modules'), { recursive: true })
  symlinkSync(join(root, 'node_modules'), join(linked, 'node_modules'))
  const problems: string[] = []
  const program = await programOf(linked, 'devpilot', ({ message }) => problems.push(message))
  expect(program.at(-1)).toBe(join(linked, 'cli', 'devpilot.ts'))
  expect(problems).toEqual([`${join(linked, 'node_modules')} is a link to elsewhere`])
})

describe('what the program is made of', () => {
  let inputs: Metafile['inputs'] = {}
  beforeAll(async () => {
    const options = { absWorkingDir: packageRoot(), outdir: folder.path, write: false } as const
    ;({
      metafile: { inputs },
    } = await build({ ...compileOptions, ...options, metafile: true }))
  })

  it('is nothing whose change would go unseen', () => {
    const seen = (path: string) =>
      path.startsWith('node_modules/') ||
      (!path.startsWith(readLate) &&
        sources.some((name) => path.startsWith(`${name}/`)) &&
        sourceName.test(path))
    expect(Object.keys(inputs).filter((path) => !seen(path))).toEqual([])
  })

  it('is nothing that would lose its names', () => {
    const late = Object.values(inputs).flatMap(({ imports }) =>
      imports.filter(({ kind, external }) => kind === 'dynamic-import' && !external).map(({ path }) => path),
    )
    expect(late.length).toBeGreaterThan(10)
    expect(late.filter((path) => inputs[path]?.format !== 'esm')).toEqual([])
  })
})
