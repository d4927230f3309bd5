/** Something found out about a repository, with the file that says so (`config` for devpilot.yaml). */
export interface Found<T> {
  readonly value: T
  readonly from: string
}

export const languages = ['typescript', 'javascript', 'python', 'go', 'rust', 'java', 'unknown'] as const
export type Language = (typeof languages)[number]

export const packageManagers = [
  'npm',
  'pnpm',
  'yarn-classic',
  'yarn-berry',
  'bun',
  'pip',
  'uv',
  'poetry',
  'go',
  'cargo',
  'maven',
  'gradle',
] as const
export type PackageManager = (typeof packageManagers)[number]

export const frameworks = [
  'vitest',
  'jest',
  'mocha',
  'node-test',
  'pytest',
  'unittest',
  'go-test',
  'cargo-test',
  'unknown',
] as const
export type Framework = (typeof frameworks)[number]

/** A command of the repository. `tool` picks the reader of its output; `unknown` means exit code only. */
export interface Check {
  readonly command: string
  readonly tool: string
}

export interface TestCheck {
  readonly command: string
  readonly framework: Framework
}

/** What `prepare` knows of a repository. Paths are relative to its root, with `/`. */
export interface Project {
  readonly language: Found<Language>
  readonly manager: Found<PackageManager> | null
  /** Version that the repository asks for, else null: then DevPilot's own choice. */
  readonly managerVersion: string | null
  /** Folders of the packages of a workspace, the root (`''`) first. */
  readonly packages: readonly string[]
  /** Manifests, lock files and settings that decide what is installed. */
  readonly inputs: readonly string[]
  /** Overrides what DevPilot would run to install; null: the manager's own way. */
  readonly setupCommand: Found<string> | null
  readonly test: Found<TestCheck> | null
  readonly lint: Found<Check> | null
  readonly types: Found<Check> | null
  /** The tool that measures coverage, where the repository has one. */
  readonly coverage: Found<string> | null
  /** Instructions to agents, in the order in which they are given. */
  readonly instructions: readonly string[]
  /** Python: what is installed with pip, and whether the version comes from git tags. */
  readonly python: PythonFacts | null
  /** What is missing or odd, as sentences: never a reason to stop. */
  readonly warnings: readonly string[]
}

export interface PythonFacts {
  /** The root can be installed as a package. */
  readonly installable: boolean
  readonly extras: readonly string[]
  readonly groups: readonly string[]
  readonly requirements: readonly string[]
  /** From tox.ini's test environment. */
  readonly toxDeps: readonly string[]
  readonly scmVersion: boolean
}

/** `project.*` of devpilot.yaml. */
export interface ProjectOverrides {
  readonly language?: string | undefined
  readonly test_command?: string | undefined
  readonly lint_command?: string | undefined
  readonly setup_command?: string | undefined
  readonly type_command?: string | undefined
  /** `agents.tester.frameworks`: wins over what is found. */
  readonly frameworks?: readonly string[] | undefined
}

/** What one language's detector finds; the rest is filled in here. */
export type Detected = Omit<Project, 'instructions'>

export const nothingDetected: Detected = {
  language: { value: 'unknown', from: 'the file names' },
  manager: null,
  managerVersion: null,
  packages: [''],
  inputs: [],
  setupCommand: null,
  test: null,
  lint: null,
  types: null,
  coverage: null,
  python: null,
  warnings: [],
}
