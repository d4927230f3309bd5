import type { Project } from '@/lib/workspace/project/project'
import type { ManifestFacts } from '@/lib/workspace/scaffold/manifest'

/** Commands as a person types them at the root of a checkout; null where the repository has none. */
export interface HumanCommands {
  readonly install: string | null
  /** As CI installs: to the letter of the lock file. */
  readonly installCi: string | null
  readonly lint: string | null
  readonly types: string | null
  readonly test: string | null
  /** Has a lock file of its manager. */
  readonly locked: boolean
}

/** Turns what detection found (programs with node_modules/.bin or a virtualenv on the PATH) into what people run. */
export function humanCommands(
  project: Project,
  manifest: ManifestFacts,
  files: readonly string[],
): HumanCommands {
  const found = {
    lint: project.lint?.value.command ?? null,
    types: project.types?.value.command ?? null,
    test: project.test?.value.command ?? null,
  }
  switch (project.language.value) {
    case 'typescript':
    case 'javascript':
      return nodeCommands(project, manifest, files, found)
    case 'python':
      return pythonCommands(project, files, found)
    case 'go':
      return {
        ...found,
        ...both('go mod download'),
        lint: found.lint ?? 'go vet ./...',
        test: found.test ?? 'go test ./...',
        locked: files.includes('go.sum'),
      }
    case 'rust':
      return {
        ...found,
        ...both('cargo build'),
        test: found.test ?? 'cargo test',
        locked: files.includes('Cargo.lock'),
      }
    case 'java': {
      const gradle = files.includes('gradlew') ? './gradlew' : 'gradle'
      const maven = files.includes('mvnw') ? './mvnw' : 'mvn'
      const usesMaven = project.manager?.value === 'maven'
      const test = found.test ?? (usesMaven ? `${maven} -B verify` : `${gradle} check`)
      return { ...found, ...both(null), test, locked: false }
    }
    case 'unknown':
      return { ...found, ...both(null), locked: false }
    default:
      return project.language.value satisfies never
  }
}

type Found = Pick<HumanCommands, 'lint' | 'types' | 'test'>
const both = (command: string | null) => ({ install: command, installCi: command })

function nodeCommands(
  project: Project,
  manifest: ManifestFacts,
  files: readonly string[],
  found: Found,
): HumanCommands {
  const manager = (project.manager?.value ?? 'npm').replace(/-(classic|berry)$/, '')
  const locked = project.inputs.some(
    (path) => /(lock(b|\.json|\.yaml)?|shrinkwrap\.json)$/.test(path) && files.includes(path),
  )
  const frozen: Readonly<Record<string, string>> = {
    npm: 'npm ci',
    pnpm: 'pnpm install --frozen-lockfile',
    yarn:
      project.manager?.value === 'yarn-classic'
        ? 'yarn install --frozen-lockfile'
        : 'yarn install --immutable',
    bun: 'bun install --frozen-lockfile',
  }
  const script = (names: readonly string[], command: string | null) => {
    const name = names.find((it) => manifest.scripts[it] !== undefined)
    if (name === 'test') return manager === 'bun' ? 'bun run test' : `${manager} test`
    if (name !== undefined) return `${manager} run ${name}`
    if (command === null || /^(npm|pnpm|yarn|bun|node) /.test(command)) return command
    return `${manager === 'npm' ? 'npx' : `${manager} exec`} ${command}`
  }
  const placeholder = /no test specified/.test(manifest.scripts.test ?? '')
  return {
    install: `${manager} install`,
    installCi: locked ? (frozen[manager] ?? `${manager} install`) : `${manager} install`,
    lint: script(['lint'], found.lint),
    types: script(['typecheck', 'type-check', 'check-types', 'types'], found.types),
    test: placeholder ? null : script(['test'], found.test),
    locked,
  }
}

function pythonCommands(project: Project, files: readonly string[], found: Found): HumanCommands {
  const manager = project.manager?.value
  if (manager === 'uv' || manager === 'poetry') {
    const run = (command: string | null) =>
      command === null || command.startsWith(`${manager} `) ? command : `${manager} run ${command}`
    const install = manager === 'uv' ? 'uv sync' : 'poetry install'
    return {
      ...both(install),
      lint: run(found.lint),
      types: run(found.types),
      test: run(found.test),
      locked: true,
    }
  }
  const python = project.python
  const wanted = python?.extras.filter((extra) => /^(tests?|testing|dev|develop)$/i.test(extra)) ?? []
  const itself = python?.installable ? [`-e "${wanted.length > 0 ? `.[${wanted.join(',')}]` : '.'}"`] : []
  const known = python?.requirements ?? []
  const others = files.filter(
    (path) => /^(dev|tests?)[-_.]requirements\.txt$/.test(path) && !known.includes(path),
  )
  const listed = [...known, ...others].map((path) => `-r ${path}`)
  const groups =
    python?.groups.filter((group) => /^(tests?|testing|dev)$/i.test(group)).map((it) => `--group ${it}`) ?? []
  // A tool that nothing declares is installed by name, or a fresh checkout could not run the checks.
  const declared = wanted.length + listed.length + groups.length > 0
  const framework = project.test?.value.framework === 'pytest' ? 'pytest' : 'unknown'
  const tools = [framework, project.lint?.value.tool, project.types?.value.tool]
  const runner = declared
    ? []
    : tools.flatMap((tool) => (tool === undefined || tool === 'unknown' ? [] : [tool]))
  const parts = [...itself, ...listed, ...groups, ...runner]
  return {
    ...both(parts.length > 0 ? `python -m pip install ${parts.join(' ')}` : null),
    ...found,
    locked: false,
  }
}
