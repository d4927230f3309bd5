import type { Config } from '@/lib/core/config'
import { checkTool, testFramework } from '@/lib/workspace/project/commands'
import { detectCargo, detectGo, detectGradle, detectMaven } from '@/lib/workspace/project/detect-compiled'
import { detectNode } from '@/lib/workspace/project/detect-node'
import { detectPython } from '@/lib/workspace/project/detect-python'
import {
  type Detected,
  type Framework,
  frameworks,
  type Language,
  languages,
  nothingDetected,
  type Project,
  type ProjectOverrides,
} from '@/lib/workspace/project/project'
import type { ProjectReader } from '@/lib/workspace/project/reader'

interface Detector {
  readonly manifests: readonly string[]
  /** Endings of the language's sources: they decide between two manifests at the root. */
  readonly sources: RegExp
  readonly languages: readonly Language[]
  detect(reader: ProjectReader): Promise<Detected>
}

const detectors: readonly Detector[] = [
  { manifests: ['go.mod'], sources: /\.go$/, languages: ['go'], detect: detectGo },
  { manifests: ['Cargo.toml'], sources: /\.rs$/, languages: ['rust'], detect: detectCargo },
  {
    manifests: ['pyproject.toml', 'setup.py', 'setup.cfg', 'requirements.txt', 'Pipfile', 'tox.ini'],
    sources: /\.pyi?$/,
    languages: ['python'],
    detect: detectPython,
  },
  {
    manifests: ['package.json'],
    sources: /\.([cm]?[jt]sx?|vue|svelte)$/,
    languages: ['typescript', 'javascript'],
    detect: detectNode,
  },
  { manifests: ['pom.xml'], sources: /\.(java|kt)$/, languages: ['java'], detect: detectMaven },
  {
    manifests: ['build.gradle', 'build.gradle.kts'],
    sources: /\.(java|kt|groovy)$/,
    languages: ['java'],
    detect: detectGradle,
  },
]

/**
 * What a repository is: language, package manager, commands, instructions. Never fails: what is missing is a warning.
 * @param reader the files of the base, never of the change under review
 * @param overrides `project.*` of devpilot.yaml; they win over what is found
 */
export async function detectProject(
  reader: ProjectReader,
  overrides: ProjectOverrides = {},
): Promise<Project> {
  const detector = chooseDetector(reader, overrides.language)
  const detected = detector === undefined ? withoutManifest(reader) : await detector.detect(reader)
  const own = withFramework(applyOverrides(detected, overrides), overrides.frameworks ?? [])
  const project = { ...own, instructions: findInstructions(reader) }
  return { ...project, warnings: [...project.warnings, ...missing(project)] }
}

/** What a configuration says about the project. */
export function projectSettings({ project, agents }: Config): ProjectOverrides {
  return { ...project, frameworks: agents.tester.frameworks }
}

function chooseDetector(reader: ProjectReader, language: string | undefined): Detector | undefined {
  const files = new Set(reader.files)
  const present = detectors.filter((detector) => detector.manifests.some((name) => files.has(name)))
  const asked = present.find((detector) => detector.languages.some((name) => name === language))
  if (asked !== undefined) return asked
  const counted = present.map((detector) => ({
    detector,
    sources: reader.files.filter((path) => detector.sources.test(path)).length,
  }))
  return counted.sort((a, b) => b.sources - a.sources)[0]?.detector
}

function withoutManifest(reader: ProjectReader): Detected {
  const counted = detectors.map((detector) => ({
    language: detector.languages[0] ?? 'unknown',
    sources: reader.files.filter((path) => detector.sources.test(path)).length,
  }))
  const most = counted.sort((a, b) => b.sources - a.sources)[0]
  const names = new Set(detectors.flatMap((detector) => detector.manifests))
  const deeper = reader.files.filter((path) => names.has(path.split('/').at(-1) ?? '')).slice(0, 5)
  const hint = deeper.length === 0 ? '' : ` There are some further down: ${deeper.join(', ')}.`
  return {
    ...nothingDetected,
    language: {
      value: most !== undefined && most.sources > 0 ? most.language : 'unknown',
      from: 'the file names',
    },
    warnings: [
      `No package manifest at the root: nothing is installed.${hint} Set project.setup_command and project.test_command in devpilot.yaml.`,
    ],
  }
}

function applyOverrides(detected: Detected, overrides: ProjectOverrides): Detected {
  const from = 'config'
  const { language, setup_command, test_command, lint_command, type_command } = overrides
  const known = languages.find((name) => name === language)
  return {
    ...detected,
    ...(known === undefined ? {} : { language: { value: known, from } }),
    ...(setup_command === undefined ? {} : { setupCommand: { value: setup_command, from } }),
    ...(test_command === undefined
      ? {}
      : { test: { value: { command: test_command, framework: testFramework(test_command) }, from } }),
    ...(lint_command === undefined
      ? {}
      : { lint: { value: { command: lint_command, tool: checkTool(lint_command) }, from } }),
    ...(type_command === undefined
      ? {}
      : { types: { value: { command: type_command, tool: checkTool(type_command) }, from } }),
  }
}

/** The framework found, where the configuration names it or none; else the first that it names and we know. */
function withFramework(detected: Detected, wanted: readonly string[]): Detected {
  const { test } = detected
  if (test === null || wanted.length === 0 || wanted.includes(test.value.framework)) return detected
  const framework = wanted.map(frameworkNamed).find((name) => name !== null)
  if (framework) return { ...detected, test: { value: { ...test.value, framework }, from: 'config' } }
  const warning = `agents.tester.frameworks names none that is known: ${wanted.join(', ')}.`
  return { ...detected, warnings: [...detected.warnings, warning] }
}

function frameworkNamed(name: string): Framework | null {
  const found = testFramework(name)
  return found === 'unknown' ? (frameworks.find((one) => one === name) ?? null) : found
}

function findInstructions(reader: ProjectReader): readonly string[] {
  const named = ['AGENTS.md', 'CLAUDE.md', '.cursorrules'].filter((path) => reader.files.includes(path))
  return [...named, ...reader.files.filter((path) => /^\.cursor\/rules\/.+\.(md|mdc)$/.test(path)).sort()]
}

function missing(project: Detected): readonly string[] {
  const lines: string[] = []
  if (project.test === null) {
    lines.push(
      'No tests were found: the tester can only check what it writes. Set project.test_command if there are some.',
    )
  } else if (project.test.value.framework === 'unknown') {
    lines.push(
      `The test framework behind \`${project.test.value.command}\` is not known: only its exit code counts, single tests are not told apart.`,
    )
  }
  if (project.lint === null) lines.push('No linter was found. Set project.lint_command if there is one.')
  return lines
}
