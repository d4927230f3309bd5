/**
 * What `npm run demo`, `npm test` and `npm run check` go through, in plain JavaScript for Node 20 and newer: installs
 * what is missing, then runs the command on the package's own Node 24.
 */
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { programOf } from './compile.mjs'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const modules = join(root, 'node_modules')
const stamp = join(modules, '.devpilot-lock')

/** The lock file that node_modules was made from. */
function lockHash() {
  return createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex')
}

/** `npm install` by hand leaves no stamp of ours, or an old one: npm's own record of what it did then decides. */
function isFresh() {
  if (!existsSync(join(modules, 'tsx')) || !existsSync(nodeProgram())) return false
  return stamped() || sameAsInstalled()
}

function stamped() {
  return existsSync(stamp) && readFileSync(stamp, 'utf8') === lockHash()
}

function sameAsInstalled() {
  const record = join(modules, '.package-lock.json')
  if (!existsSync(record)) return false
  const wanted = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages
  const there = JSON.parse(readFileSync(record, 'utf8')).packages
  return Object.entries(wanted).every(
    ([path, entry]) => path === '' || entry.optional || entry.peer || there[path]?.version === entry.version,
  )
}

function nodeProgram() {
  return join(modules, 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node')
}

/** Resolves with the exit code; the output is the terminal's, or handed to `onOutput`. */
function run(program, args, { onOutput, cwd = root } = {}) {
  return new Promise((resolve, reject) => {
    const stdio = onOutput ? ['inherit', 'pipe', 'inherit'] : 'inherit'
    const path = [join(modules, 'node', 'bin'), join(modules, '.bin'), process.env.PATH].join(
      process.platform === 'win32' ? ';' : ':',
    )
    const child = spawn(program, args, { cwd, stdio, env: { ...process.env, PATH: path } })
    child.stdout?.on('data', onOutput)
    for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal))
    child.on('error', reject)
    child.on('exit', (code) => resolve(code ?? 1))
  })
}

async function install() {
  if (isFresh()) {
    if (!stamped()) writeFileSync(stamp, lockHash())
    return
  }
  process.stderr.write('Installing dependencies: a minute at the first time…\n')
  const begun = Date.now()
  const timer = setInterval(
    () => process.stderr.write(`  … ${Math.round((Date.now() - begun) / 1000)} s\n`),
    10_000,
  )
  const npm = process.env.npm_execpath
  // Not `npm ci`: it refuses a lock file without the binaries of other platforms, and some registries have only one's.
  const args = ['install', '--no-save', '--no-audit', '--no-fund', '--loglevel=error']
  const code = npm ? await run(process.execPath, [npm, ...args]) : await run('npm', args)
  clearInterval(timer)
  if (code !== 0) {
    process.stderr.write(
      'error: npm install failed.\n  mend:  look at its message above; the registry must be reachable and the disk not full.\n',
    )
    process.exit(code)
  }
  mkdirSync(modules, { recursive: true })
  writeFileSync(stamp, lockHash())
  process.stderr.write(`Installed in ${Math.round((Date.now() - begun) / 1000)} s.\n`)
}

const bin = (name, ...args) => run(nodeProgram(), [join(modules, ...name), ...args])

/** Vitest with its own report on the terminal and a JSON one to count from; the last line is plain. */
async function test(args) {
  const report = join(modules, '.cache', `devpilot-tests-${process.pid}.json`)
  mkdirSync(dirname(report), { recursive: true })
  const code = await bin(
    ['vitest', 'vitest.mjs'],
    'run',
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${report}`,
    ...args,
  )
  const counts = existsSync(report) ? JSON.parse(readFileSync(report, 'utf8')) : null
  rmSync(report, { force: true })
  const passed = counts?.numPassedTests ?? 0
  // A file that could not even be loaded holds no test, and fails all the same.
  const broken =
    counts?.testResults?.filter((file) => file.status === 'failed' && file.assertionResults.length === 0)
      .length ?? 0
  const failed = (counts?.numFailedTests ?? 0) + broken
  const skipped = (counts?.numPendingTests ?? 0) + (counts?.numTodoTests ?? 0)
  process.stdout.write(`${passed} passed, ${failed} failed, ${skipped} skipped\n`)
  return code === 0 && passed + skipped === 0 ? 1 : code
}

async function check() {
  const steps = [
    ['format and lint', () => bin(['@biomejs', 'biome', 'bin', 'biome'], 'ci', '--error-on-warnings')],
    ['types', () => bin(['typescript', 'bin', 'tsc'], '--noEmit')],
    ['unused code', () => bin(['knip', 'bin', 'knip.js'])],
    ['architecture', () => bin(['vitest', 'vitest.mjs'], 'run', 'tests/architecture.test.ts')],
  ]
  const failed = []
  for (const [name, step] of steps) {
    process.stderr.write(`\n== ${name}\n`)
    if ((await step()) !== 0) failed.push(name)
  }
  process.stderr.write(
    failed.length > 0 ? `\nerror: not clean: ${failed.join(', ')}.\n` : '\nAll checks are clean.\n',
  )
  return failed.length > 0 ? 1 : 0
}

const next = (...args) => bin(['next', 'dist', 'bin', 'next'], ...args)

/** The server, on loopback alone; what would stop it is said before Next says it in its own words. */
async function start(args) {
  if (!existsSync(join(root, '.next', 'BUILD_ID'))) {
    process.stderr.write('error: The dashboard is not built.\n  mend:  npm run build\n')
    return 1
  }
  const code = await run(nodeProgram(), await programOf(root, 'before-start'))
  if (code !== 0) return code
  return next('start', '--hostname', '127.0.0.1', '--port', process.env.DEVPILOT_PORT || '4280', ...args)
}

async function main([command, ...args]) {
  // Next asks on the network, and says so at length, unless it is told not to.
  process.env.NEXT_TELEMETRY_DISABLED ??= '1'
  await install()
  switch (command) {
    case undefined:
      return 0
    case 'demo':
      // Not linked yet: the commands that the demo prints are those that work in a fresh clone.
      process.env.DEVPILOT_PROGRAM = 'npx tsx cli/devpilot.ts'
      return run(process.execPath, [join(root, 'cli', 'devpilot.mjs'), 'demo', ...args])
    case 'test':
      return test(args)
    case 'check':
      return check()
    case 'dev':
      return next('dev', '--hostname', '127.0.0.1', '--port', process.env.DEVPILOT_PORT || '4280', ...args)
    case 'build':
      await programOf(root, 'devpilot', (error) =>
        process.stderr.write(`warning: the devpilot command stays TypeScript: ${error.message}\n`),
      )
      return next('build')
    case 'start':
      return start(args)
    default:
      process.stderr.write(
        `error: there is no "${command}".\n  mend:  use demo, test, check, dev, build or start.\n`,
      )
      return 1
  }
}

process.exitCode = await main(process.argv.slice(2))
