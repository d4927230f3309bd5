import { configFile } from '@/lib/core/names'
import { frameworks, type Project } from '@/lib/workspace/project/project'

type Mend = (project: Project) => string

const known = frameworks.filter((name) => name !== 'unknown').join(', ')
const manifest = (name: string) => `Correct ${name}, and commit it.`

/** What is to be done about each warning of the detection (lib/workspace/project), by how it begins. */
const mends: readonly (readonly [RegExp, Mend])[] = [
  [/^There is no lock file of/, lockFile],
  [/^There is no Cargo\.lock/, () => 'Run `cargo generate-lockfile`, and commit Cargo.lock.'],
  [/^package\.json is not valid/, () => manifest('package.json')],
  [/^pyproject\.toml is not valid/, () => manifest('pyproject.toml')],
  [
    /^The test framework behind/,
    () =>
      `If it is one of ${known}, name it in agents.tester.frameworks of ${configFile}; tests run without it, too.`,
  ],
  [/^agents\.tester\.frameworks names none/, () => `In ${configFile}, name one of ${known}.`],
  [/^golangci-lint is configured/, () => `Set project.lint_command: golangci-lint run in ${configFile}.`],
  [
    /^No package manifest/,
    () =>
      `Add a manifest at the root, or set these commands in ${configFile}; without either nothing is tested.`,
  ],
]

function lockFile({ manager }: Project): string {
  const program = manager?.value.startsWith('yarn') ? 'yarn' : (manager?.value ?? 'npm')
  return `Run \`${program} install\`, and commit the lock file that it writes.`
}

/** What is to be done about a warning. */
export function warningMend(text: string, project: Project): string {
  const found = mends.find(([when]) => when.test(text))
  return found ? found[1](project) : `Set what is missing in ${configFile}.`
}
