import { posix } from 'node:path'
import { shellWord } from '@/lib/workspace/project/commands'
import type { Project, PythonFacts } from '@/lib/workspace/project/project'
import { INSTALL_MARK, noDownloads, type SetupPlan } from '@/lib/workspace/project/setup-types'

const TOOLS = '/deps/tools'

type NodeManager = 'npm' | 'pnpm' | 'yarn-classic' | 'yarn-berry' | 'bun'

/** Programs that are brought by npm; npm itself is the machine's. */
const nodeTools: Readonly<Record<NodeManager, readonly [name: string, version: string] | null>> = {
  npm: null,
  pnpm: ['pnpm', '10'],
  'yarn-classic': ['yarn', '1'],
  'yarn-berry': ['@yarnpkg/cli-dist', '4'],
  bun: ['bun', '1'],
}

/** Fetching runs no scripts, so that none sees the registry's credentials; they run after it. */
export function nodePlan(manager: NodeManager, project: Project): Partial<SetupPlan> {
  const lock = project.inputs.some((path) =>
    /(^|\/)(package-lock\.json|npm-shrinkwrap\.json|pnpm-lock\.yaml|yarn\.lock|bun\.lockb?)$/.test(path),
  )
  const commands = nodeCommands(manager, lock)
  const tool = nodeTools[manager]
  const version = project.managerVersion ?? tool?.[1]
  const bring = (wanted: string) =>
    `npm install --prefix ${TOOLS} --no-audit --no-fund --loglevel=error ${shellWord(`${tool?.[0] ?? ''}@${wanted}`)}`
  const major = version?.split('.')[0] ?? ''
  // Not every release is on every registry: the newest of the same major is the next best.
  const brought =
    tool === null || version === undefined ? '' : `${bring(version)} || ${bring(major)} || exit 1\n`
  const own = ['install', 'postinstall', 'prepare'].map((name) => `npm run --if-present ${name}`).join(' && ')
  // pnpm would bring another version of itself.
  const env =
    manager === 'pnpm' ? { ...nodeEnv, npm_config_manage_package_manager_versions: 'false' } : nodeEnv
  return {
    shown: commands.shown,
    fetch: `${brought}PATH=${TOOLS}/node_modules/.bin:"$PATH"; export PATH\n${INSTALL_MARK}${commands.fetch}`,
    // Plugins of Yarn 2 and later are code of the repository.
    fetchRunsCode: manager === 'yarn-berry',
    build: `PATH=${TOOLS}/node_modules/.bin:/workspace/node_modules/.bin:"$PATH"; export PATH\n${commands.rebuild} && ${own}`,
    products: project.packages.map((folder) => posix.join(folder, 'node_modules')),
    setupEnv: { ...noDownloads, ...env },
    runEnv: { ...env, npm_config_offline: 'true' },
    paths: ['/workspace/node_modules/.bin', `${TOOLS}/node_modules/.bin`],
    scratch: project.packages.flatMap((folder) =>
      ['.cache', '.vite', '.vite-temp', '.tmp'].map((name) => posix.join(folder, 'node_modules', name)),
    ),
    versions: 'node --version; npm --version',
  }
}

const nodeEnv = {
  npm_config_audit: 'false',
  npm_config_fund: 'false',
  npm_config_update_notifier: 'false',
  COREPACK_ENABLE_STRICT: '0',
  NEXT_TELEMETRY_DISABLED: '1',
  YARN_ENABLE_TELEMETRY: '0',
  YARN_IGNORE_PATH: '1',
  YARN_IGNORE_NODE: '1',
}

function nodeCommands(
  manager: NodeManager,
  lock: boolean,
): { shown: string; fetch: string; rebuild: string } {
  switch (manager) {
    case 'npm': {
      // A lock file that does not fit its manifest fails `npm ci`; `npm install` is what its users run.
      const fetch = lock
        ? 'npm ci --ignore-scripts || npm install --ignore-scripts --no-save'
        : 'npm install --ignore-scripts --no-package-lock'
      return { shown: lock ? 'npm ci' : 'npm install', fetch, rebuild: 'npm rebuild' }
    }
    case 'pnpm': {
      const flags = `--ignore-scripts --store-dir /deps/pnpm --config.package-import-method=copy --config.confirm-modules-purge=false`
      const fetch = lock
        ? `pnpm install --frozen-lockfile ${flags} || pnpm install --no-frozen-lockfile ${flags}`
        : `pnpm install ${flags}`
      return {
        shown: `pnpm install${lock ? ' --frozen-lockfile' : ''}`,
        fetch,
        rebuild: 'pnpm rebuild -r --store-dir /deps/pnpm',
      }
    }
    case 'yarn-classic': {
      const flags = '--ignore-scripts --non-interactive --ignore-engines --cache-folder /tmp/yarn-cache'
      const fetch = lock
        ? `yarn install --frozen-lockfile ${flags} || yarn install ${flags}`
        : `yarn install --no-lockfile ${flags}`
      return { shown: `yarn install${lock ? ' --frozen-lockfile' : ''}`, fetch, rebuild: 'npm rebuild' }
    }
    case 'yarn-berry':
      // node_modules whatever the linker: zip archives cannot be laid under a worktree at a fixed place.
      return {
        shown: 'yarn install --immutable',
        fetch:
          'export YARN_NODE_LINKER=node-modules YARN_ENABLE_GLOBAL_CACHE=false YARN_CACHE_FOLDER=/tmp/yarn-cache YARN_INSTALL_STATE_PATH=/tmp/yarn-state.gz YARN_ENABLE_SCRIPTS=false YARN_NM_MODE=classic\nyarn install --immutable --mode=skip-build || YARN_ENABLE_IMMUTABLE_INSTALLS=false yarn install --mode=skip-build',
        rebuild: 'npm rebuild',
      }
    case 'bun':
      return {
        shown: `bun install${lock ? ' --frozen-lockfile' : ''}`,
        fetch: lock
          ? 'bun install --frozen-lockfile --ignore-scripts || bun install --ignore-scripts'
          : 'bun install --no-save --ignore-scripts',
        rebuild: 'npm rebuild',
      }
    default:
      return manager satisfies never
  }
}

/** A virtualenv at /workspace/.venv, the project in it as an editable install with its test dependencies. */
export function pythonPlan(
  manager: 'pip' | 'uv' | 'poetry',
  project: Project,
  facts: PythonFacts,
  gitVersion: string | null,
): Partial<SetupPlan> {
  const pytest =
    project.test?.value.framework === 'pytest'
      ? '\npython -c "import pytest" 2>/dev/null || python -m pip install -q pytest'
      : ''
  const tools = [project.lint?.value.tool, project.types?.value.tool].filter(
    (tool) => tool === 'ruff' || tool === 'mypy' || tool === 'flake8',
  )
  // Linters are often kept out of the test dependencies (pre-commit): without them there is no lint evidence.
  const lint = tools
    .map((tool) => `\npython -c "import ${tool}" 2>/dev/null || python -m pip install -q ${tool} || true`)
    .join('')
  const version = gitVersion ?? '0.0.0'
  const scm = facts.scmVersion
    ? {
        SETUPTOOLS_SCM_PRETEND_VERSION: version,
        PBR_VERSION: version,
        PDM_BUILD_SCM_VERSION: version,
        VERSIONINGIT_DEFAULT_VERSION: version,
      }
    : {}
  const venv =
    'python3 -m venv /workspace/.venv || exit 1\nPATH=/workspace/.venv/bin:"$PATH"; export PATH VIRTUAL_ENV=/workspace/.venv\n'
  const { shown, brought, fetch } = pythonCommands(manager, facts)
  return {
    shown,
    fetch: `${venv}${brought}${INSTALL_MARK}${fetch} || exit 1\npython -m pip --version >/dev/null 2>&1 || python -m ensurepip -q${pytest}${lint}`,
    build: null,
    products: ['.venv'],
    setupEnv: {
      ...scm,
      PIP_DISABLE_PIP_VERSION_CHECK: '1',
      PIP_NO_INPUT: '1',
      PIP_NO_CACHE_DIR: '1',
      UV_NO_CACHE: '1',
      UV_PYTHON_DOWNLOADS: 'never',
      UV_PROJECT_ENVIRONMENT: '/workspace/.venv',
      UV_LINK_MODE: 'copy',
      POETRY_CACHE_DIR: '/tmp/poetry',
    },
    runEnv: {
      ...scm,
      VIRTUAL_ENV: '/workspace/.venv',
      PYTHONDONTWRITEBYTECODE: '1',
      PIP_NO_INDEX: '1',
      UV_OFFLINE: '1',
      UV_NO_SYNC: '1',
    },
    paths: ['/workspace/.venv/bin'],
    scratch: [],
    versions: 'python3 --version; python3 -c "import sys; print(sys.prefix)"',
  }
}

function pythonCommands(
  manager: 'pip' | 'uv' | 'poetry',
  facts: PythonFacts,
): { shown: string; brought: string; fetch: string } {
  if (manager === 'uv') {
    const chosen = [
      ...facts.extras.map((name) => `--extra ${shellWord(name)}`),
      ...facts.groups.map((name) => `--group ${shellWord(name)}`),
    ].join(' ')
    const fetch = `${TOOLS}/bin/uv sync --frozen --inexact ${chosen} || ${TOOLS}/bin/uv sync --inexact ${chosen}`
    return { shown: `uv sync --frozen ${chosen}`.trim(), brought: broughtByPip('uv'), fetch }
  }
  if (manager === 'poetry') {
    const fetch = `${TOOLS}/bin/poetry install --all-groups --no-interaction || ${TOOLS}/bin/poetry install --no-interaction`
    return { shown: 'poetry install --all-groups', brought: broughtByPip('poetry'), fetch }
  }
  const groups = facts.groups.map((name) => `--group ${shellWord(name)}`)
  const files = facts.requirements.map((path) => `-r ${shellWord(path)}`)
  const extras = facts.extras.length === 0 ? '' : `[${facts.extras.join(',')}]`
  const own = facts.installable ? [`-e ${shellWord(`.${extras}`)}`] : []
  const wanted = [...own, ...files, ...groups, ...facts.toxDeps.map(shellWord)].join(' ')
  if (wanted === '') return { shown: 'python3 -m venv .venv', brought: '', fetch: 'true' }
  // --group wants pip 25.1; build isolation of old projects wants a current pip as well.
  const brought = groups.length > 0 ? 'python -m pip install -q --upgrade "pip>=25.1" || exit 1\n' : ''
  return { shown: `pip install ${wanted}`, brought, fetch: `python -m pip install ${wanted}` }
}

function broughtByPip(tool: string): string {
  return `python3 -m venv ${TOOLS} && ${TOOLS}/bin/pip install -q ${tool} || exit 1\n`
}

/** Maven and Gradle: everything that a compile and an empty test run resolve. */
export function javaPlan(manager: 'maven' | 'gradle'): Partial<SetupPlan> {
  if (manager === 'gradle') {
    return {
      shown: 'gradle testClasses',
      fetch: 'gradle --no-daemon -g /deps/gradle testClasses',
      setupEnv: {},
      runEnv: { GRADLE_USER_HOME: '/home/agent/.gradle', GRADLE_RO_DEP_CACHE: '/deps/gradle/caches' },
      versions: 'gradle --version; java -version 2>&1',
    }
  }
  const settings =
    'settings=""; if [ -n "$DEVPILOT_MAVEN_SETTINGS" ]; then settings="-s $DEVPILOT_MAVEN_SETTINGS"; fi\n'
  const repo = '-Dmaven.repo.local=/deps/m2'
  // go-offline leaves out what surefire resolves when it runs: an empty test run brings it.
  const probe = '-Dtest=DevPilotNoSuchTest -Dsurefire.failIfNoSpecifiedTests=false -DfailIfNoTests=false'
  return {
    shown: 'mvn dependency:go-offline test',
    fetch: `${settings}mvn -B -ntp $settings ${repo} dependency:go-offline && mvn -B -ntp $settings ${repo} ${probe} test`,
    setupEnv: {},
    runEnv: { MAVEN_OPTS: repo },
    versions: 'mvn --version; java -version 2>&1',
  }
}
