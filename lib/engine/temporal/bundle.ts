import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { bundleWorkflowCode } from '@temporalio/worker'
import { WORKFLOW_VERSION } from './contract'

export interface Bundle {
  readonly code: string
  /** `<version of the workflow>-<hash of its code>`: the same on every machine that has the same code. */
  readonly buildId: string
}

/**
 * The workflow and what it imports of core, as one script for Temporal's sandbox; made without a network, in about
 * four seconds, and then kept.
 * @param root the package's folder, which `@/` stands for
 * @param cache where it is kept; made when it is missing
 */
export async function workflowBundle(root: string, cache: string): Promise<Bundle> {
  const file = join(cache, `temporal-workflow-${sourceHash(root)}.js`)
  const code = existsSync(file) ? readFileSync(file, 'utf8') : keep(file, cache, await makeBundle(root))
  const hash = createHash('sha256').update(withoutMap(code)).digest('hex').slice(0, 12)
  return { code, buildId: `${WORKFLOW_VERSION}-${hash}` }
}

/** The source map (which the SDK insists on) is no part of what a build is. */
function withoutMap(code: string): string {
  return code.replace(/\n\/\/# sourceMappingURL=.*\s*$/, '')
}

/** All that can get into the bundle: core, the workflow, the SDK. */
function sourceHash(root: string): string {
  const core = readdirSync(join(root, 'lib/core')).sort()
  const files = [
    ...core.map((name) => `lib/core/${name}`),
    'lib/engine/temporal/contract.ts',
    'lib/engine/temporal/workflow.ts',
    'lib/engine/temporal/bundle.ts',
    'node_modules/@temporalio/workflow/package.json',
    'node_modules/zod/package.json',
  ]
  const hash = createHash('sha256')
  for (const file of files) hash.update(`${file}\0`).update(readFileSync(join(root, file)))
  return hash.digest('hex').slice(0, 16)
}

/** Under another name first: a process that starts at the same time reads all of it or none. */
function keep(file: string, cache: string, code: string): string {
  mkdirSync(cache, { recursive: true })
  const draft = `${file}.${process.pid}`
  writeFileSync(draft, code)
  renameSync(draft, file)
  return code
}

async function makeBundle(root: string): Promise<string> {
  const { code } = await bundleWorkflowCode({
    workflowsPath: join(root, 'lib/engine/temporal/workflow.ts'),
    logger: quiet,
    webpackConfigHook: (config) => ({
      ...config,
      context: root,
      // Paths from the package's folder in the source map, so that the bundle is the same on every machine.
      output: { ...config.output, devtoolModuleFilenameTemplate: '[resource-path]' },
      resolve: { ...config.resolve, alias: { ...config.resolve?.alias, '@': root } },
    }),
  })
  return code
}

const silent = () => {}
const quiet = {
  log: silent,
  trace: silent,
  debug: silent,
  info: silent,
  warn: silent,
  // What webpack could not build is thrown, too, but without its words.
  error: (message: string) => process.stderr.write(`${message}\n`),
}
