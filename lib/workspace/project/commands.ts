import type { Check, Framework } from '@/lib/workspace/project/project'

/** A program as it stands in a command line: at its start or after a space or `/`, never as a part of a name. */
const word = (name: string) => new RegExp(`(^|[\\s/])${name}(\\.[cm]?js)?(?=\\s|$)`)

const frameworks: readonly (readonly [RegExp, Framework])[] = [
  [word('vitest'), 'vitest'],
  [word('jest'), 'jest'],
  [word('_?mocha'), 'mocha'],
  [/(^|[\s/])(node|tsx)\s(.*\s)?--test(?=\s|$)/, 'node-test'],
  [/(^|[\s/])(pytest|py\.test)(?=\s|$)/, 'pytest'],
  [/-m\s+unittest(?=\s|$)/, 'unittest'],
  [/(^|\s)go\s+test(?=\s|$)/, 'go-test'],
  [/(^|\s)cargo\s+(\+\S+\s+)?(test|t)(?=\s|$)/, 'cargo-test'],
]

/** The test framework that a command runs, `unknown` when none that we can read. */
export function testFramework(command: string): Framework {
  return frameworks.find(([pattern]) => pattern.test(command))?.[1] ?? 'unknown'
}

const tools: readonly (readonly [RegExp, string])[] = [
  [word('eslint'), 'eslint'],
  [word('biome'), 'biome'],
  [word('oxlint'), 'oxlint'],
  [word('ruff'), 'ruff'],
  [word('flake8'), 'flake8'],
  [word('golangci-lint'), 'golangci-lint'],
  [/(^|\s)go\s+(vet|build)(?=\s|$)/, 'go'],
  [/(^|\s)cargo\s+(clippy|check)(?=\s|$)/, 'cargo'],
  [word('(tsc|tsgo|vue-tsc)'), 'tsc'],
  [word('mypy'), 'mypy'],
  [word('(based)?pyright'), 'pyright'],
]

/** The linter or type checker that a command runs, else `unknown`. */
export function checkTool(command: string): string {
  return tools.find(([pattern]) => pattern.test(command))?.[1] ?? 'unknown'
}

/**
 * The simple command behind a package script: `yarn lint && yarn testonly` leads to `vitest run`. Scripts that call
 * scripts are followed five deep.
 * @param matches decides whether a simple command is the one that is looked for
 */
export function resolveScript(
  command: string,
  scripts: Readonly<Record<string, string>>,
  matches: (segment: string) => boolean,
  depth = 0,
): string | null {
  for (const part of command.split(/&&|;/)) {
    const segment = part.trim()
    const direct = stripRunner(segment)
    if (!/[|<>`]|\$\(/.test(direct) && matches(direct)) return direct
    const called = calledScript(segment, scripts)
    if (called === null || depth >= 5) continue
    const found = resolveScript(called, scripts, matches, depth + 1)
    if (found !== null) return found
  }
  return null
}

/** `pnpm exec vitest run` and `npx vitest run` are `vitest run`: node_modules/.bin is on the PATH. */
function stripRunner(segment: string): string {
  return segment.replace(
    /^(?:npx\s+(?:--no-install\s+|--yes\s+|-y\s+)?|npm\s+exec\s+(?:--\s+)?|(?:pnpm|yarn|bun)\s+(?:exec\s+|run\s+)?|bunx\s+)(?=[\w@])/,
    '',
  )
}

function calledScript(segment: string, scripts: Readonly<Record<string, string>>): string | null {
  const call = /^(?:npm|pnpm|yarn|bun)\s+(?:--?(?:silent|s)\s+)?(?:run(?:-script)?\s+)?([\w:.@/-]+)/.exec(
    segment,
  )
  const name = call?.[1] === 't' ? 'test' : call?.[1]
  return name === undefined ? null : (scripts[name] ?? null)
}

/** A lint or type check from a package script; the whole script when no tool is recognised in it. */
export function scriptCheck(
  name: string,
  manager: string,
  scripts: Readonly<Record<string, string>>,
  wanted: (tool: string) => boolean,
): Check | null {
  const script = scripts[name]
  if (script === undefined) return null
  const direct = resolveScript(script, scripts, (segment) => wanted(checkTool(segment)))
  if (direct !== null) return { command: direct, tool: checkTool(direct) }
  return { command: `${manager} run ${name}`, tool: 'unknown' }
}

/** Quotes one word for `sh`. */
export function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`
}
