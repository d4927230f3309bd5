import type { ScaffoldFacts } from '@/lib/workspace/scaffold/facts'
import { findGood, type GoodId, goodFiles } from '@/lib/workspace/scaffold/goods'

/** README, CONTRIBUTING and SECURITY, from facts alone: a sentence that no fact carries is left out. */
export function readme(facts: ScaffoldFacts): string {
  const { manifest, name } = facts
  const parts = [`# ${name}`]
  if (manifest.description) parts.push(sentence(manifest.description))
  const install = installAsUser(facts)
  if (install) parts.push('## Install', shell([install]))
  if (manifest.bins.length > 0 && manifest.name) {
    parts.push('## Usage', `Installs the command ${list(manifest.bins.map((bin) => `\`${bin}\``))}.`)
  }
  const develop = developCommands(facts)
  if (develop.length > 0) parts.push('## Development', shell(develop))
  const guide = placeOf(facts, 'contributing') ?? 'CONTRIBUTING.md'
  parts.push(`Changes are welcome: see [${guide}](${guide}).`)
  const license = placeOf(facts, 'license')
  if (license) parts.push('## License', `See [${license}](${license}).`)
  else if (manifest.license) parts.push('## License', `${manifest.license}.`)
  return page(parts)
}

export function contributing(facts: ScaffoldFacts): string {
  const { commands, mainBranch, name } = facts
  const checks = [commands.lint, commands.types, commands.test].filter((it) => it !== null)
  const request = facts.forge === 'github' ? 'pull request' : 'merge request'
  const parts = [
    `# Contributing to ${name}`,
    `Thank you for your help. Small, focused changes are the easiest to review; for a large one, open an issue first.`,
  ]
  const clone = facts.slug
    ? [`git clone https://${facts.host}/${facts.slug}.git`, `cd ${facts.slug.split('/').at(-1)}`]
    : []
  const setup = [...clone, ...(commands.install ? [commands.install] : [])]
  if (setup.length > 0) parts.push('## Set up', shell(setup))
  if (checks.length > 0) {
    const ours = placeOf(facts, 'ci') === null ? ['CI runs the same commands.'] : []
    parts.push('## Check your change', shell(checks), ...ours)
  }
  const steps = [
    `1. Branch off \`${mainBranch}\`.`,
    `2. Make the change, with a test that fails without it${commands.test ? '' : ' where the project has tests'}.`,
    ...(checks.length > 0 ? ['3. Run the checks above.'] : []),
  ]
  parts.push(
    `## Propose it`,
    [
      ...steps,
      `${steps.length + 1}. Open a ${request} against \`${mainBranch}\` and say what changed and why.`,
    ].join('\n'),
  )
  const policy = placeOf(facts, 'security') ?? (reportWay(facts) === null ? null : 'SECURITY.md')
  if (policy)
    parts.push(`Report vulnerabilities as the [security policy](${policy}) says, never in a public issue.`)
  return page(parts)
}

/** null where nobody is known who could be written to. */
export function security(facts: ScaffoldFacts): string | null {
  const way = reportWay(facts)
  if (way === null) return null
  return page([
    '# Security policy',
    '## Report a vulnerability',
    way,
    'Please say which version is affected, how to reproduce it and what an attacker gains. Do not open a public issue before a fix is released.',
    '## Supported versions',
    `Fixes go into the latest release and \`${facts.mainBranch}\`.`,
  ])
}

function reportWay(facts: ScaffoldFacts): string | null {
  if (facts.host === 'github.com' && facts.slug) {
    return `Report it in private at <https://github.com/${facts.slug}/security/advisories/new>.`
  }
  if (facts.forge === 'gitlab' && facts.slug) {
    return `Open a [confidential issue](https://${facts.host}/${facts.slug}/-/issues/new?issue[confidential]=true).`
  }
  const email = facts.manifest.email ?? facts.authors.find((it) => !isNoReply(it.email))?.email
  return email ? `Write to <${email}>.` : null
}

export function isNoReply(email: string): boolean {
  return /noreply|no-reply|@localhost$|\[bot\]/i.test(email)
}

export function bugReport(facts: ScaffoldFacts): string {
  const front = ['---', 'name: Bug report', 'about: Something does not work as it should', '---', '', '']
  const version = facts.manifest.name ? `${facts.name} version` : 'Commit or version'
  const body = [
    '## What happened',
    '<!-- What you did, what you expected, what you got. Paste errors as text. -->',
    '## How to reproduce it',
    '<!-- The smallest steps or code that show it. -->',
    '## Where',
    [`- ${version}:`, `- ${runtimeName(facts)}:`, '- Operating system:'].join('\n'),
  ]
  return (facts.forge === 'github' ? front.join('\n') : '') + page(body)
}

export function changeTemplate(facts: ScaffoldFacts): string {
  const { lint, types, test } = facts.commands
  const checks = [lint, types, test].filter((it) => it !== null).map((it) => `- [ ] \`${it}\` passes`)
  return page([
    '## What and why',
    '<!-- What this changes, and the issue it closes: "Closes #123". -->',
    '## How it was tested',
    ['- [ ] A test fails without this change', ...checks].join('\n'),
  ])
}

function runtimeName(facts: ScaffoldFacts): string {
  const names = {
    typescript: 'Node.js version',
    javascript: 'Node.js or browser version',
    python: 'Python version',
    go: 'Go version',
    rust: 'Rust version',
    java: 'Java version',
    unknown: 'Compiler or runtime version',
  }
  return names[facts.project.language.value]
}

function installAsUser(facts: ScaffoldFacts): string | null {
  const { manifest, project } = facts
  if (!manifest.name || manifest.private) return null
  switch (project.language.value) {
    case 'typescript':
    case 'javascript':
      return `npm install ${manifest.name}`
    case 'python':
      return project.python?.installable ? `pip install ${manifest.name}` : null
    case 'go':
      return manifest.name.includes('.') ? `go get ${manifest.name}` : null
    case 'rust':
      return manifest.bins.length > 0 ? `cargo install ${manifest.name}` : `cargo add ${manifest.name}`
    case 'java':
    case 'unknown':
      return null
    default:
      return project.language.value satisfies never
  }
}

function developCommands(facts: ScaffoldFacts): string[] {
  const { install, lint, types, test } = facts.commands
  return [install, lint, types, test].filter((it) => it !== null)
}

function sentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`
}

function list(items: readonly string[]): string {
  return items.length < 2 ? items.join('') : `${items.slice(0, -1).join(', ')} and ${items.at(-1)}`
}

function shell(lines: readonly string[]): string {
  return ['```sh', ...lines, '```'].join('\n')
}

function page(parts: readonly string[]): string {
  return `${parts.join('\n\n')}\n`
}

function placeOf(facts: ScaffoldFacts, id: GoodId): string | null {
  const good = goodFiles(facts.forge).find((it) => it.id === id)
  return good ? findGood(good, facts.files) : null
}
