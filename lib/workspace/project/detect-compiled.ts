import { type Detected, nothingDetected } from '@/lib/workspace/project/project'
import type { ProjectReader } from '@/lib/workspace/project/reader'

/** A Go module at the root. */
export async function detectGo(reader: ProjectReader): Promise<Detected> {
  const inputs = reader.files.filter((path) => /(^|\/)(go\.(mod|sum|work|work\.sum))$/.test(path))
  const test = reader.files.find((path) => path.endsWith('_test.go'))
  return {
    ...nothingDetected,
    language: { value: 'go', from: 'go.mod' },
    manager: { value: 'go', from: 'go.mod' },
    inputs,
    test:
      test === undefined ? null : { value: { command: 'go test ./...', framework: 'go-test' }, from: test },
    // golangci-lint is rarely installed where DevPilot runs; `go vet` comes with Go. The config names the other.
    lint: { value: { command: 'go vet ./...', tool: 'go' }, from: 'go.mod' },
    types: { value: { command: 'go build ./...', tool: 'go' }, from: 'go.mod' },
    coverage: { value: 'go test -coverprofile', from: 'go.mod' },
    warnings: reader.files.some((path) => /^\.golangci\.ya?ml$/.test(path))
      ? ['golangci-lint is configured; `go vet` is used unless project.lint_command names it.']
      : [],
  }
}

/** A Cargo package or workspace at the root. */
export async function detectCargo(reader: ProjectReader): Promise<Detected> {
  const inputs = reader.files.filter((path) =>
    /(^|\/)(Cargo\.(toml|lock)|rust-toolchain(\.toml)?)$|^\.cargo\/config(\.toml)?$/.test(path),
  )
  const locked = reader.files.includes('Cargo.lock')
  return {
    ...nothingDetected,
    language: { value: 'rust', from: 'Cargo.toml' },
    manager: { value: 'cargo', from: 'Cargo.toml' },
    inputs,
    test: { value: { command: 'cargo test --offline', framework: 'cargo-test' }, from: 'Cargo.toml' },
    lint: { value: { command: 'cargo clippy --offline --all-targets', tool: 'cargo' }, from: 'Cargo.toml' },
    types: { value: { command: 'cargo check --offline --all-targets', tool: 'cargo' }, from: 'Cargo.toml' },
    warnings: locked ? [] : ['There is no Cargo.lock: versions are chosen anew when they are fetched.'],
  }
}

/** A Maven project at the root. */
export async function detectMaven(reader: ProjectReader): Promise<Detected> {
  const inputs = reader.files.filter((path) => /(^|\/)pom\.xml$|^\.mvn\//.test(path))
  const mvn = 'mvn -o -B -ntp'
  return {
    ...nothingDetected,
    language: { value: 'java', from: 'pom.xml' },
    manager: { value: 'maven', from: 'pom.xml' },
    inputs,
    test: hasJvmTests(reader)
      ? { value: { command: `${mvn} test`, framework: 'unknown' }, from: 'pom.xml' }
      : null,
    types: { value: { command: `${mvn} -q test-compile`, tool: 'unknown' }, from: 'pom.xml' },
  }
}

/** A Gradle build at the root; its own wrapper downloads Gradle, so the machine's is used. */
export async function detectGradle(reader: ProjectReader): Promise<Detected> {
  const from = reader.files.includes('build.gradle.kts') ? 'build.gradle.kts' : 'build.gradle'
  const inputs = reader.files.filter((path) =>
    /(^|\/)(build|settings)\.gradle(\.kts)?$|(^|\/)gradle\.(properties|lockfile)$|^gradle\//.test(path),
  )
  return {
    ...nothingDetected,
    language: { value: 'java', from },
    manager: { value: 'gradle', from },
    inputs,
    test: hasJvmTests(reader)
      ? { value: { command: 'gradle --offline --no-daemon test', framework: 'unknown' }, from }
      : null,
    types: { value: { command: 'gradle --offline --no-daemon testClasses', tool: 'unknown' }, from },
  }
}

function hasJvmTests(reader: ProjectReader): boolean {
  return reader.files.some((path) => /(^|\/)src\/test\//.test(path))
}
