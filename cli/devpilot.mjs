#!/usr/bin/env node
/**
 * The `devpilot` command, from any folder, linked or not: plain JavaScript for whatever Node is there. Help comes from
 * a file; everything else runs on the package's own Node 24.
 */
import { spawn } from 'node:child_process'
import { existsSync, readFileSync, realpathSync } from 'node:fs'
import { constants } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { programOf } from './compile.mjs'

const root = dirname(dirname(realpathSync(fileURLToPath(import.meta.url))))
const args = process.argv.slice(2)

/** Shows help without loading the program; false when these arguments ask for something else. */
function helped() {
  const texts = JSON.parse(readFileSync(join(root, 'cli', 'help.json'), 'utf8'))
  if (args[0] === '--version' || args[0] === '-V') return say(texts['--version'])
  const words = args[0] === 'help' ? args.slice(1) : args.filter((arg) => arg !== '--help' && arg !== '-h')
  const asked = args.length === 0 || args[0] === 'help' || words.length < args.length
  if (
    !asked ||
    (args.includes('--') && !args.slice(0, args.indexOf('--')).some((arg) => /^(-h|--help)$/.test(arg)))
  )
    return false
  for (let length = words.length; length >= 0; length -= 1) {
    const name = words.slice(0, length).join(' ')
    const text = texts[name]
    // An unknown first word is an error, and the program's own to report; so is one that no command of a group is.
    const unknown = words[length]?.startsWith('-') === false && isGroup(texts, name)
    if (text && (length > 0 || words.length === 0)) return unknown ? false : say(text)
  }
  return false
}

function isGroup(texts, name) {
  return Object.keys(texts).some((other) => other.startsWith(`${name} `))
}

function say(text) {
  process.stdout.write(text)
  return true
}

async function run() {
  const node = ['bin/node', 'bin/node.exe']
    .map((name) => join(root, 'node_modules', 'node', name))
    .find((path) => existsSync(path))
  if (!existsSync(join(root, 'node_modules', 'tsx'))) {
    process.stderr.write(
      `error: DevPilot is not installed in ${root}.\n  mend:  npm install --prefix ${root}\n`,
    )
    process.exitCode = 1
    return
  }
  const program = [...(await programOf(root, 'devpilot')), ...args]
  const env = { DEVPILOT_PROGRAM: 'devpilot', ...process.env, TSX_TSCONFIG_PATH: join(root, 'tsconfig.json') }
  // The channel tells the child when this process is gone, however it ended.
  const stdio = ['inherit', 'inherit', 'inherit', 'ipc']
  const child = spawn(node ?? process.execPath, program, { stdio, env })
  // A terminal sends its signals to the child as well; one sent to this process alone is handed on. The child decides.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => {
      if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal)
    })
  }
  child.on('error', (error) => {
    process.stderr.write(`error: Node could not be started: ${error.message}\n`)
    process.exitCode = 1
  })
  child.on('exit', (code, signal) => {
    process.exit(code ?? 128 + (signal ? (constants.signals[signal] ?? 0) : 0))
  })
}

if (!helped()) await run()
