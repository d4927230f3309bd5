import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { seesCredentials } from '@/lib/workspace/project/credentials'
import { detectProject } from '@/lib/workspace/project/detect'
import { type PackageManager, packageManagers } from '@/lib/workspace/project/project'
import { directoryReader } from '@/lib/workspace/project/reader'
import { findRegistries } from '@/lib/workspace/project/registries'
import { setupPlan } from '@/lib/workspace/project/setup-plan'

const root = mkdtempSync(join(tmpdir(), 'devpilot-registries-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))
let count = 0
function folder(files: Readonly<Record<string, string>>): string {
  const made = join(root, String(++count))
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(made, path)), { recursive: true })
    writeFileSync(join(made, path), text)
  }
  return made
}

const node = { 'package.json': '{}' }
async function sees(
  files: Readonly<Record<string, string>>,
  more: { credentials?: boolean; own?: string } = {},
) {
  const made = folder(files)
  const overrides = more.own === undefined ? {} : { setup_command: more.own }
  const plan = setupPlan(await detectProject(await directoryReader(made), overrides), null)
  if (plan === null) throw new Error('nothing to install')
  return seesCredentials({ credentials: more.credentials ?? true }, plan, made)
}

describe('registry credentials', () => {
  it.each([
    ['npm', { ...node, 'package-lock.json': '{}' }],
    ['pnpm', { ...node, 'pnpm-lock.yaml': '' }],
    ['go', { 'go.mod': 'module x\n' }],
    ['cargo', { 'Cargo.toml': '[package]\nname = "x"\n' }],
  ])('are given to %s, which runs no code when it fetches', async (_name, files) => {
    expect(await sees(files)).toBe(true)
    expect(await sees(files, { credentials: false })).toBe(false)
    expect(await sees(files, { own: 'make setup' })).toBe(false)
  })

  it.each([
    ['pip', { 'setup.py': '' }],
    ['poetry', { 'pyproject.toml': '[tool.poetry]\nname = "x"\n', 'poetry.lock': '' }],
    ['uv', { 'pyproject.toml': '[project]\nname = "x"\n', 'uv.lock': '' }],
    ['gradle', { 'build.gradle': '' }],
    ['maven', { 'pom.xml': '<project/>' }],
    ['Yarn with plugins', { ...node, 'yarn.lock': '__metadata:\n', '.yarnrc.yml': 'nodeLinker: pnp\n' }],
    ['pnpm with a hook', { ...node, 'pnpm-lock.yaml': '', '.pnpmfile.cjs': 'steal()' }],
    ['npm with a git of its own', { ...node, 'package-lock.json': '{}', '.npmrc': 'git=./steal.sh\n' }],
    ['cargo with settings of its own', { 'Cargo.toml': '[package]\nname = "x"\n', '.cargo/config.toml': '' }],
  ])('are not given to %s', async (_name, files) => {
    expect(await sees(files)).toBe(false)
  })

  it.each(packageManagers.map((name) => [name]))(
    'of %s are in nothing that code of the repository sees',
    async (manager: PackageManager) => {
      const secret = 'sEcReT0123456789'
      const home = folder({
        '.npmrc': `registry=https://me:${secret}@npm.example/\n//npm.example/:_authToken=${secret}\n@x:registry=https://me:${secret}@x.example/\n`,
        '.netrc': `machine proxy.example login me password ${secret}\nmachine pip.example login me password ${secret}\n`,
        '.cargo/config.toml': `[registries.x]\nindex = "sparse+https://me:${secret}@cargo.example/"\ntoken = "${secret}"\n`,
        '.cargo/credentials.toml': `[registry]\ntoken = "${secret}"\n`,
        '.m2/settings.xml': `<settings><servers><server><password>${secret}</password></server></servers><mirrors><mirror><url>https://me:${secret}@maven.example/</url></mirror></mirrors></settings>`,
      })
      const run = async (program: string) =>
        program === 'python3' ? `global.index-url='https://me:${secret}@pip.example/simple'\n` : null
      const variables = { GOPROXY: `https://me:${secret}@proxy.example` }
      const { files, env, hosts, npmRegistry } = await findRegistries(manager, { home, variables, run })
      expect(JSON.stringify({ env, hosts, npmRegistry, open: files.map((file) => file.open) })).not.toContain(
        secret,
      )
      expect(hosts.join()).toContain('.example')
      if (manager !== 'gradle') expect(files.map((file) => file.content).join()).toContain(secret)
    },
  )
})
