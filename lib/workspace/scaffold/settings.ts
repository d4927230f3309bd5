import type { PackageManager } from '@/lib/workspace/project/project'
import type { ScaffoldFacts } from '@/lib/workspace/scaffold/facts'
import { isNoReply } from '@/lib/workspace/scaffold/prose'

export function editorconfig(facts: ScaffoldFacts): string {
  const { indent } = facts
  const style =
    indent === 'tab' ? ['indent_style = tab'] : ['indent_style = space', `indent_size = ${indent}`]
  const lines = ['root = true', '', '[*]', 'charset = utf-8', 'end_of_line = lf', ...style]
  lines.push('insert_final_newline = true', 'trim_trailing_whitespace = true')
  lines.push('', '[*.md]', 'trim_trailing_whitespace = false')
  if (indent === 'tab') lines.push('', '[*.{yml,yaml}]', 'indent_style = space', 'indent_size = 2')
  else if (indent !== '2') lines.push('', '[*.{yml,yaml,json}]', 'indent_size = 2')
  if (facts.files.some((path) => /(^|\/)makefile$/i.test(path)) && indent !== 'tab') {
    lines.push('', '[Makefile]', 'indent_style = tab')
  }
  return `${lines.join('\n')}\n`
}

/** What the language's tools leave behind; a committed file is never named. */
export function gitignore(facts: ScaffoldFacts): string {
  const { typescript, javascript } = {
    typescript: ['node_modules/', 'dist/', 'coverage/', '*.tsbuildinfo', '*.log', '.env', '.env.*'],
    javascript: ['node_modules/', 'dist/', 'coverage/', '*.log', '.env', '.env.*'],
  }
  const names: Readonly<Record<string, readonly string[]>> = {
    typescript,
    javascript,
    python: [
      '__pycache__/',
      '*.py[cod]',
      '.venv/',
      'venv/',
      'build/',
      'dist/',
      '*.egg-info/',
      '.pytest_cache/',
      '.tox/',
      '.coverage',
      '.mypy_cache/',
      '.ruff_cache/',
      '.env',
    ],
    go: ['/bin/', '*.test', '*.out'],
    rust: ['/target/'],
    java: ['target/', 'build/', '.gradle/', '*.class', '.idea/'],
    unknown: ['build/', '*.log', '.env'],
  }
  const all = [...(names[facts.project.language.value] ?? []), '.DS_Store']
  return `${all.filter((name) => !isCommitted(name, facts.files)).join('\n')}\n`
}

function isCommitted(pattern: string, files: readonly string[]): boolean {
  const anchored = pattern.startsWith('/')
  const bare = pattern.replace(/^\//, '').replace(/\/$/, '')
  const regex = bare.replace(/[.+^${}()|\\]/g, '\\$&').replaceAll('*', '[^/]*')
  const whole = new RegExp(`${anchored ? '^' : '(^|/)'}${regex}${pattern.endsWith('/') ? '/' : '(/|$)'}`)
  return files.some((path) => whole.test(path))
}

/**
 * The person with most commits, as a handle where history or the forge proves it, else by address; null where nobody
 * can be named. Never somebody further down the list: a passer-by with a handle is no owner.
 */
export function codeowners(facts: ScaffoldFacts): string | null {
  const people = facts.authors.filter(
    (author) => !/\[bot\]|@localhost$/.test(`${author.name} ${author.email}`),
  )
  const first = people[0]
  if (!first) return null
  const addresses = people.filter((author) => author.name === first.name).map((author) => author.email)
  const handle =
    addresses.flatMap((email) => noReplyHandle(email) ?? [])[0] ?? ownHandle(facts, first.name, addresses)
  const owner = handle ? `@${handle}` : addresses.find((email) => !isNoReply(email))
  return owner ? `# Reviewers of every change; later lines win over earlier ones.\n* ${owner}\n` : null
}

function noReplyHandle(email: string): string | undefined {
  return /^(?:\d+\+)?([\w-]+)@users\.noreply\.github\.com$/.exec(email)?.[1]
}

/** The owner of the repository on its forge, when that is the author: an organisation cannot own code there. */
function ownHandle(facts: ScaffoldFacts, name: string, addresses: readonly string[]): string | undefined {
  const owner = facts.slug?.split('/')[0]
  const plain = (text: string) => text.toLowerCase().replace(/[^a-z0-9]/g, '')
  const known = [name, ...addresses.map((email) => email.split('@')[0] ?? '')].map(plain)
  return owner && known.includes(plain(owner)) ? owner : undefined
}

const ecosystems: Readonly<Record<PackageManager, string>> = {
  npm: 'npm',
  pnpm: 'npm',
  'yarn-classic': 'npm',
  'yarn-berry': 'npm',
  bun: 'bun',
  pip: 'pip',
  uv: 'uv',
  poetry: 'pip',
  go: 'gomod',
  cargo: 'cargo',
  maven: 'maven',
  gradle: 'gradle',
}

export function dependencyUpdates(facts: ScaffoldFacts): string {
  if (facts.forge === 'gitlab') {
    return `${JSON.stringify({ $schema: 'https://docs.renovatebot.com/renovate-schema.json', extends: ['config:recommended'] }, null, 2)}\n`
  }
  const manager = facts.project.manager?.value
  const own = manager ? [ecosystems[manager]] : []
  const entries = [...own, 'github-actions'].flatMap((ecosystem) => [
    `  - package-ecosystem: ${ecosystem}`,
    '    directory: /',
    '    schedule:',
    '      interval: weekly',
    '    groups:',
    `      ${ecosystem}:`,
    '        patterns: ["*"]',
  ])
  return `${['version: 2', 'updates:', ...entries].join('\n')}\n`
}
