import { shellWord } from '@/lib/workspace/project/commands'
import type { PackageManager, Project } from '@/lib/workspace/project/project'
import { javaPlan, nodePlan, pythonPlan } from '@/lib/workspace/project/setup-plans'
import { DEPS, INSTALL_MARK, noDownloads, type SetupPlan } from '@/lib/workspace/project/setup-types'

/** The plan for a project; null when there is nothing to install. @param gitVersion version of the last tag, if any */
export function setupPlan(project: Project, gitVersion: string | null): SetupPlan | null {
  const manager = project.manager?.value ?? null
  const plan = manager === null ? null : managerPlan(manager, project, gitVersion)
  const own = project.setupCommand?.value
  if (own === undefined) return plan
  const base = plan ?? emptyPlan
  // The user's command takes the manager's place; its tools and products stay known.
  const tools = plan === null ? '' : bootstrapOf(plan)
  return { ...base, shown: own, fetch: `${tools}${own}`, fetchRunsCode: true, build: null }
}

const emptyPlan: SetupPlan = {
  shown: '',
  fetch: '',
  fetchRunsCode: true,
  build: null,
  products: [],
  setupEnv: noDownloads,
  runEnv: {},
  paths: [],
  scratch: [],
  versions: 'true',
}

function bootstrapOf(plan: SetupPlan): string {
  const at = plan.fetch.indexOf(INSTALL_MARK)
  return at < 0 ? '' : plan.fetch.slice(0, at)
}

function managerPlan(manager: PackageManager, project: Project, gitVersion: string | null): SetupPlan | null {
  const base = { ...emptyPlan }
  switch (manager) {
    case 'npm':
    case 'pnpm':
    case 'yarn-classic':
    case 'yarn-berry':
    case 'bun':
      return { ...base, ...nodePlan(manager, project) }
    case 'pip':
    case 'uv':
    case 'poetry':
      return project.python === null
        ? null
        : { ...base, ...pythonPlan(manager, project, project.python, gitVersion) }
    case 'go': {
      const env = {
        GOMODCACHE: `${DEPS}/go`,
        GOTOOLCHAIN: 'local',
        GOFLAGS: '-buildvcs=false',
        GOCACHE: '/home/agent/.cache/go-build',
      }
      return {
        ...base,
        shown: 'go mod download',
        fetch: 'go mod download',
        fetchRunsCode: false,
        setupEnv: env,
        runEnv: { ...env, GOPROXY: 'off', GOFLAGS: '-buildvcs=false' },
        versions: 'go version',
      }
    }
    case 'cargo': {
      const env = { CARGO_HOME: `${DEPS}/cargo` }
      const locked = project.inputs.includes('Cargo.lock') ? ' --locked' : ''
      const copy = ['config', 'credentials']
        .map(
          (name) =>
            `if [ -n "$DEVPILOT_CARGO_${name.toUpperCase()}" ]; then cp "$DEVPILOT_CARGO_${name.toUpperCase()}" $CARGO_HOME/${name}.toml; fi`,
        )
        .join('\n')
      return {
        ...base,
        shown: `cargo fetch${locked}`,
        fetch: `mkdir -p $CARGO_HOME\n${copy}\ncargo fetch${locked}; code=$?; rm -f $CARGO_HOME/credentials.toml; exit $code`,
        fetchRunsCode: false,
        setupEnv: env,
        runEnv: { ...env, CARGO_NET_OFFLINE: 'true' },
        versions: 'cargo --version; rustc --version',
      }
    }
    case 'maven':
    case 'gradle':
      return { ...base, ...javaPlan(manager) }
    default:
      return manager satisfies never
  }
}

/** A command with the layer's programs first on its PATH. */
export function withPaths(paths: readonly string[], command: string): string {
  return paths.length === 0
    ? command
    : `PATH=${paths.map(shellWord).join(':')}:"$PATH"; export PATH\n${command}`
}
