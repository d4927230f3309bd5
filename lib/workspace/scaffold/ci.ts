import { stringify } from 'yaml'
import type { ScaffoldFacts } from '@/lib/workspace/scaffold/facts'

interface Step {
  readonly name?: string
  readonly uses?: string
  readonly with?: Readonly<Record<string, string>>
  readonly run?: string
}

/** CI that runs the repository's own checks; null where it has none that could be run. */
export function ci(facts: ScaffoldFacts): string | null {
  const { lint, types, test } = facts.commands
  if (lint === null && types === null && test === null) return null
  return facts.forge === 'github' ? githubWorkflow(facts) : gitlabPipeline(facts)
}

function githubWorkflow(facts: ScaffoldFacts): string {
  const steps: Step[] = [{ uses: 'actions/checkout@v4' }, ...toolchain(facts), ...checks(facts)]
  const workflow = {
    name: 'CI',
    on: { push: { branches: [facts.mainBranch] }, pull_request: {} },
    permissions: { contents: 'read' },
    jobs: { check: { 'runs-on': 'ubuntu-latest', 'timeout-minutes': 20, steps } },
  }
  return spaced(stringify(workflow, { lineWidth: 0 }))
}

function checks(facts: ScaffoldFacts): Step[] {
  const { installCi, lint, types, test } = facts.commands
  const named: readonly (readonly [string, string | null])[] = [
    ['Install', installCi],
    ['Lint', lint],
    ['Types', types],
    ['Test', test],
  ]
  return named.flatMap(([name, run]) => (run === null ? [] : [{ name, run }]))
}

function toolchain(facts: ScaffoldFacts): Step[] {
  const { files, project } = facts
  const manager = project.manager?.value
  switch (project.language.value) {
    case 'typescript':
    case 'javascript':
      return nodeToolchain(facts)
    case 'python':
      if (manager === 'uv') return [{ uses: 'astral-sh/setup-uv@v6' }]
      return [
        ...(manager === 'poetry' ? [{ name: 'Poetry', run: 'pipx install poetry' }] : []),
        {
          uses: 'actions/setup-python@v5',
          with: files.includes('.python-version')
            ? { 'python-version-file': '.python-version' }
            : { 'python-version': '3.x' },
        },
      ]
    case 'go':
      return [{ uses: 'actions/setup-go@v5', with: { 'go-version-file': 'go.mod' } }]
    case 'rust':
      return [{ name: 'Toolchain', run: 'rustup toolchain install stable --component clippy,rustfmt' }]
    case 'java': {
      const cache = manager === 'maven' || manager === 'gradle' ? { cache: manager } : {}
      return [
        { uses: 'actions/setup-java@v4', with: { distribution: 'temurin', 'java-version': '21', ...cache } },
      ]
    }
    case 'unknown':
      return []
    default:
      return project.language.value satisfies never
  }
}

function nodeToolchain({ files, project, commands }: ScaffoldFacts): Step[] {
  const manager = project.manager?.value
  const file = ['.nvmrc', '.node-version'].find((name) => files.includes(name))
  const version: Record<string, string> = file ? { 'node-version-file': file } : { 'node-version': 'lts/*' }
  if (manager === 'bun') return [{ uses: 'oven-sh/setup-bun@v2' }]
  const cache: Record<string, string> =
    commands.locked && manager ? { cache: manager.replace(/-(classic|berry)$/, '') } : {}
  const node: Step = { uses: 'actions/setup-node@v4', with: { ...version, ...cache } }
  if (manager === 'pnpm') {
    // The action reads the version from packageManager; it wants one said where the manifest has none.
    const stated = project.manager?.from.includes('packageManager')
    const major = project.managerVersion?.split('.')[0] ?? '10'
    return [{ uses: 'pnpm/action-setup@v4', ...(stated ? {} : { with: { version: major } }) }, node]
  }
  // Corepack must be on before setup-node asks a newer yarn for its cache folder.
  if (manager === 'yarn-berry') return [{ name: 'Yarn', run: 'corepack enable' }, node]
  return [node]
}

const images: Readonly<Record<string, string>> = {
  typescript: 'node:lts',
  javascript: 'node:lts',
  python: 'python:3',
  go: 'golang:latest',
  rust: 'rust:latest',
  java: 'eclipse-temurin:21',
}

function gitlabPipeline(facts: ScaffoldFacts): string {
  const { manager } = facts.project
  const image =
    manager?.value === 'maven' ? 'maven:3-eclipse-temurin-21' : images[facts.project.language.value]
  const before: Readonly<Record<string, string>> = {
    pnpm: 'corepack enable',
    'yarn-berry': 'corepack enable',
    bun: 'npm install -g bun',
    uv: 'pip install uv',
    poetry: 'pip install poetry',
  }
  const first = before[manager?.value ?? '']
  const script = [...(first ? [first] : []), ...checks(facts).flatMap((step) => step.run ?? [])]
  const pipeline = {
    check: {
      ...(image ? { image } : {}),
      rules: [
        { if: '$CI_PIPELINE_SOURCE == "merge_request_event"' },
        { if: '$CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH' },
      ],
      script,
    },
  }
  return stringify(pipeline, { lineWidth: 0 })
}

/** Blank lines before the top keys, as people write workflows. */
function spaced(yaml: string): string {
  return yaml.replace(/^(on|permissions|jobs):/gm, '\n$1:').replace(/pull_request: \{\}/, 'pull_request:')
}
