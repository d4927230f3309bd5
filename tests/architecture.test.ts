import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { keyScopes } from '@/lib/core/access'
import { packageRoot } from '@/lib/root'
import { importsOf, read, type Source, sourcesOf, withoutComments } from './support/sources'

/** Who may import whom: spec.md section 2. `types` are imports of types alone, by who implements an interface. */
interface Allowed {
  readonly values: readonly string[]
  readonly types?: readonly string[]
  /** Of packages; without it any. */
  readonly packages?: readonly string[]
}

/** Leaves that carry no decision: the error, the environment, the log, the package's folder, the making of others. */
const leaves = ['lib/errors', 'lib/env', 'lib/log', 'lib/root', 'lib/folder']

const allowed: Readonly<Record<string, Allowed>> = {
  'lib/core': { values: [], packages: ['zod'] },
  'lib/errors': { values: ['lib/core'] },
  'lib/env': { values: ['lib/core', 'lib/errors'] },
  'lib/log': { values: ['lib/core', 'lib/env'] },
  'lib/root': { values: [] },
  'lib/folder': { values: [] },
  'lib/engine': { values: ['lib/core'] },
  'lib/agents': { values: ['lib/core'] },
  'lib/steps': {
    values: ['lib/core', 'lib/agents'],
    types: ['lib/forge/forge', 'lib/workspace', 'lib/models'],
  },
  'lib/models': { values: ['lib/core', ...leaves], types: ['lib/agents'] },
  'lib/workspace': { values: ['lib/core', ...leaves], types: ['lib/agents', 'lib/steps/ports'] },
  // One way of starting git, with its hooks off, for forges too.
  'lib/forge': { values: ['lib/core', 'lib/workspace/git', ...leaves], types: ['lib/workspace'] },
  'lib/integrations': { values: ['lib/core', ...leaves] },
  drizzle: { values: ['lib/core'] },
  'lib/db': {
    values: ['lib/core', 'drizzle', ...leaves],
    types: ['lib/engine', 'lib/agents', 'lib/steps/ports', 'lib/forge'],
  },
  'lib/services': { values: ['lib/core', 'lib/db', 'drizzle', ...leaves] },
  'lib/auth': { values: ['lib/core', 'lib/runtime', 'lib/services', ...leaves] },
  'lib/edge': {
    values: ['lib/core', 'lib/auth', 'lib/runtime', 'lib/services', 'lib/db', 'drizzle', ...leaves],
  },
  // It alone chooses implementations.
  'lib/runtime': { values: ['lib', 'drizzle'] },
  app: {
    values: ['lib/core', 'lib/edge', 'lib/services', 'lib/runtime', 'lib/auth', 'components', ...leaves],
  },
  // `init` and `doctor` look at a folder and at this machine, where no installation is needed.
  cli: { values: ['lib/core', 'lib/edge', 'lib/services', 'lib/runtime', 'lib/workspace', ...leaves] },
  // Live events are parsed in the browser by the schemas of the views, which import core alone.
  components: { values: ['lib/core', 'lib/services/views'], types: ['lib/services'] },
}

function areaOf(path: string): string {
  const plain = path.replace(/\.(?:tsx?|mjs)$/, '')
  return /^(?:lib\/[\w-]+|app|cli|components|drizzle)(?=\/|$)/.exec(plain)?.[0] ?? plain
}

const isBelow = (path: string, place: string) => path === place || path.startsWith(`${place}/`)

function brokenImports(sources: readonly Source[]): string[] {
  return sources.flatMap((source) =>
    importsOf(source).flatMap(({ from, to, ours, typeOnly }) => {
      const area = areaOf(from)
      const rule = allowed[area]
      if (!rule) return [`${from} lies in no known place`]
      if (!ours) {
        const name = /^(?:@[^/]+\/)?[^/]+/.exec(to)?.[0] ?? to
        const refused = rule.packages && !rule.packages.includes(name)
        const sql = (area === 'app' || area === 'cli' || area === 'components') && name.startsWith('drizzle')
        return refused || sql ? [`${from} imports the package ${to}`] : []
      }
      if (area === areaOf(to)) return []
      const places = typeOnly ? [...rule.values, ...(rule.types ?? [])] : rule.values
      return places.some((place) => isBelow(to, place))
        ? []
        : [`${from} imports ${typeOnly ? 'types of ' : ''}${to}`]
    }),
  )
}

/** Launchers run before anything is installed, so they can import nothing of ours; Next sets NEXT_RUNTIME at build. */
const launchers = ['cli/setup.mjs', 'cli/devpilot.mjs', 'lib/env.ts']
function readsEnvironment(sources: readonly Source[]): string[] {
  return sources
    .filter(
      ({ path, text }) =>
        !launchers.includes(path) && /\bprocess\s*\.\s*env\b|\bprocess\[/.test(withoutComments(text)),
    )
    .map(({ path }) => path)
}

function bareHandlers(sources: readonly Source[]): string[] {
  return sources
    .filter(({ path }) => /^app\/.*\/route\.ts$/.test(path))
    .flatMap(({ path, text }) => {
      const code = withoutComments(text)
      const names = [
        ...code.matchAll(
          /export\s+(?:const|async function|function)\s+([A-Z]+)\b(?:\s*:\s*\w+)?(\s*=\s*(\w+)\()?/g,
        ),
      ]
      const methods = names.filter(([, name]) =>
        /^(?:GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS)$/.test(name ?? ''),
      )
      const bare = methods.filter(
        ([, , , wrapper]) =>
          !['route', 'streamRoute', 'publicRoute', 'cronRoute', 'signInRoute', 'webhookRoute'].includes(
            wrapper ?? '',
          ),
      )
      const wrapped = importsOf({ path, text }).some(({ to }) => to === 'lib/edge/route')
      if (methods.length === 0) return [`${path} exports no method`]
      return bare.length > 0 || !wrapped ? [`${path} has a handler without the wrapper`] : []
    })
}

/** Signing out ends one's own session: there is no access to hold. */
const openActions = ['signOutAction']
const levels: readonly string[] = keyScopes

function bareActions(sources: readonly Source[]): string[] {
  return sources
    .filter(({ text }) => /^\s*['"]use server['"]/m.test(text))
    .flatMap((source) => {
      const code = withoutComments(source.text)
      const exported = [
        ...code.matchAll(
          /export\s+(?:const|async function|default async function)\s+(\w+)(?:\s*=\s*(\w+)\((?:\s*'(\w+)')?)?/g,
        ),
      ]
      const wrapped = importsOf(source).some(({ to }) => to === 'lib/edge/action')
      return exported
        .filter(([, name = '', wrapper, level = '']) => {
          const stated = wrapper === 'openAction' || (wrapper === 'action' && levels.includes(level))
          return !openActions.includes(name) && !(wrapped && stated)
        })
        .map(([, name]) => `${source.path}: ${name} is an action without the wrapper`)
    })
}

function openPages(sources: readonly Source[]): string[] {
  return sources
    .filter(({ path }) => /^app\/(?:.*\/)?page\.tsx$/.test(path) && !path.startsWith('app/(auth)/'))
    .filter(
      ({ text }) =>
        !/\bawait requirePage\('(?:read|ingest|trigger|approve|admin)'\)/.test(withoutComments(text)),
    )
    .map(({ path }) => `${path} states no access`)
}

/** Prompts lie in prompts/, where they have versions. */
function promptsInCode(sources: readonly Source[]): string[] {
  return sources
    .filter(({ path }) => path.startsWith('lib/agents/') || path.startsWith('lib/steps/'))
    .flatMap(({ path, text }) => {
      const code = withoutComments(text)
      const long = [...code.matchAll(/'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\.)*`/g)].filter(
        ([literal]) => literal.replace(/\$\{[^}]*\}/g, '').length > 200,
      )
      return long.length > 0 || /\bYou are\b/.test(code) ? [`${path} holds the text of a prompt`] : []
    })
}

/** One kind of link, and forms that lead somewhere, which ask for nothing ahead. */
function otherLinks(sources: readonly Source[]): string[] {
  const eager = (source: Source, module: string) => importsOf(source).some(({ to }) => to === module)
  return sources.flatMap((source) => {
    const { path, text } = source
    const link = path !== 'components/ui/link.tsx' && eager(source, 'next/link')
    const form = eager(source, 'next/form') && /<Form(?! prefetch=\{false\})\b/.test(text)
    return [
      ...(link ? [`${path} links with next/link instead of components/ui/link`] : []),
      ...(form ? [`${path} has a form that fetches ahead`] : []),
    ]
  })
}

const tooLong = (sources: readonly Source[]) =>
  sources
    .filter(({ text }) => text.split('\n').length > 401)
    .map(({ path, text }) => `${path}: ${text.split('\n').length}`)

/** Paths and commands that a document names in backticks or fences and that are not there. */
function wrongNames(
  { path, text }: Source,
  scripts: readonly string[],
  commands: readonly string[],
): string[] {
  const code = [...text.matchAll(/```[\s\S]*?```|`[^`\n]+`/g)].map(([all]) => all).join('\n')
  const npm = [...code.matchAll(/\bnpm run ([\w:-]+)/g)].flatMap(([, name = '']) =>
    scripts.includes(name) ? [] : [`npm run ${name}`],
  )
  const cli = [...code.matchAll(/(?:^|[`\n$]|tsx cli\/)\s*devpilot(?:\.ts)? ([a-z][a-z-]*)/g)].flatMap(
    ([, name = '']) => (commands.includes(name) ? [] : [`devpilot ${name}`]),
  )
  const tops = 'app|lib|components|drizzle|prompts|cli|public|tests|deploy|samples|bench'
  const paths = [...code.matchAll(new RegExp(`(?<![\\w/.@-])(?:${tops})/[\\w./()\\[\\]-]*`, 'g'))]
    .map(([found]) => found.replace(/[.)]+$/, ''))
    .filter((found) => !/[<>*]/.test(found) && !existsSync(join(packageRoot(), found)))
  return [...npm, ...cli, ...paths].map((name) => `${path} names ${name}, which is not there`)
}

const program = sourcesOf('lib', 'app', 'cli', 'components', 'drizzle')
const top = ['instrumentation.ts', 'proxy.ts', 'next.config.ts']
  .filter((path) => existsSync(join(packageRoot(), path)))
  .map(read)

describe('the rules hold', () => {
  test('imports', () => expect(brokenImports(program)).toEqual([]))
  test('the environment is read in lib/env.ts alone', () => {
    const nextRuntime = /process\.env\.NEXT_RUNTIME/g
    const rest = top.map(({ path, text }) => ({ path, text: text.replace(nextRuntime, '') }))
    expect(readsEnvironment([...program, ...rest])).toEqual([])
  })
  test('every API handler goes through the wrapper', () => expect(bareHandlers(program)).toEqual([]))
  test('every server action goes through the wrapper', () => expect(bareActions(program)).toEqual([]))
  test('every page states who may see it', () => expect(openPages(program)).toEqual([]))
  test('no prompt lies in code', () => expect(promptsInCode(program)).toEqual([]))
  test('there is one kind of link', () => expect(otherLinks(program)).toEqual([]))
  test('no file is longer than 400 lines', () =>
    expect(tooLong([...program, ...sourcesOf('tests')])).toEqual([]))

  const documents = ['README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md']
  test.each(documents)('%s names only what is there', (path) => {
    if (!existsSync(join(packageRoot(), path))) return
    const scripts = Object.keys(JSON.parse(readFileSync(join(packageRoot(), 'package.json'), 'utf8')).scripts)
    const commands = Object.keys(JSON.parse(read('cli/help.json').text)).map(
      (name) => name.split(' ')[0] ?? '',
    )
    expect(wrongNames(read(path), [...scripts, 'test'], [...commands, 'help'])).toEqual([])
  })

  test('there is something to judge', () => {
    expect(program.length).toBeGreaterThan(200)
    expect(program.flatMap(importsOf).length).toBeGreaterThan(800)
  })
})

describe('each rule can fail', () => {
  const file = (path: string, text: string): Source[] => [{ path, text }]

  test.each([
    ['lib/core/a.ts', "import { b } from '@/lib/db/client'"],
    ['lib/core/a.ts', "import type { B } from '../db/client'"],
    ['lib/core/a.ts', "import { readFileSync } from 'node:fs'"],
    ['lib/core/a.ts', "const b = await import('../env')"],
    ['lib/core/a.ts', "export * from '@/lib/engine/engine'"],
    ['lib/engine/a.ts', "import { b } from '@/lib/db/store'"],
    ['lib/agents/a.ts', "import { b } from '@/lib/models/openai'"],
    ['lib/steps/a.ts', "import { b } from '@/lib/forge/forge'"],
    ['lib/models/a.ts', "import { b } from '@/lib/services/x'"],
    ['lib/services/a.ts', "import {\n  b,\n} from '@/lib/engine/engine'"],
    ['app/page.tsx', "import { runs } from '@/drizzle/schema'"],
    ['cli/a.ts', "import { sql } from 'drizzle-orm'"],
    ['components/a.tsx', "import { getRun } from '@/lib/services/runs/get'"],
    ['lib/services/a.ts', "import { b } from '@/app/page'"],
    ['lib/elsewhere/a.ts', "import { b } from '@/lib/core/run'"],
  ])('imports: %s with %s', (path, text) => expect(brokenImports(file(path, text))).toHaveLength(1))

  test('and lets pass what is allowed', () => {
    const good =
      "// import { x } from '@/lib/db/client'\nimport { type A, type B } from '@/lib/services/views'"
    expect(brokenImports(file('components/a.tsx', good))).toEqual([])
  })

  test('the environment', () =>
    expect(readsEnvironment(file('lib/a.ts', 'const x = process.env.X'))).toEqual(['lib/a.ts']))

  test.each([
    'export async function GET() {}',
    "import { route } from '@/lib/edge/route'\nexport const GET = route({})\nexport const POST = async () => {}",
    "import { route } from './mine'\nexport const GET = route({})",
  ])('handlers: %s', (text) => expect(bareHandlers(file('app/api/x/route.ts', text))).toHaveLength(1))

  test.each([
    "'use server'\nexport async function remove() {}",
    "'use server'\nimport { action } from '@/lib/edge/action'\nconst level = 'read'\nexport const a = action(level, z, f)",
    "'use server'\nimport { action } from '@/lib/edge/action'\nexport const a = action('everybody', z, f)",
    "'use server'\nimport { action } from '@/lib/edge/action'\nexport const a = action('read', z, f)\nexport async function b() {}",
  ])('actions: %s', (text) => expect(bareActions(file('app/x/actions.ts', text))).toHaveLength(1))

  test('pages', () =>
    expect(openPages(file('app/(console)/x/page.tsx', '// await requirePage()\n'))).toHaveLength(1))

  test.each([`const a = 'You are a coder.'`, `const a = '${'x'.repeat(220)}'`])('prompts: %s', (text) =>
    expect(promptsInCode(file('lib/steps/a.ts', text))).toHaveLength(1),
  )

  test.each(["import Link from 'next/link'", 'import Form from \'next/form\'\n<Form action="/a">'])(
    'links: %s',
    (text) => expect(otherLinks(file('components/a.tsx', text))).toHaveLength(1),
  )
  test('length', () => expect(tooLong(file('lib/a.ts', '\n'.repeat(401)))).toHaveLength(1))

  test.each(['`lib/nothing/here.ts`', '`npm run nothing`', '```\ndevpilot nothing\n```'])(
    'documents: %s',
    (text) => expect(wrongNames({ path: 'README.md', text }, ['check'], ['run'])).toHaveLength(1),
  )
})
