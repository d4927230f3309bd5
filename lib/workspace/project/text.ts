import { MAX_MESSAGE } from '@/lib/core/evidence'
import { SANDBOX_HOME, SANDBOX_WORKSPACE } from '@/lib/workspace/sandbox/sandbox'

const colours = /\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)/g

/** Text that is the same from run to run: no colours, durations, addresses; paths relative to the workspace. */
export function cleanText(text: string): string {
  return text
    .replace(colours, '')
    .replaceAll('\r\n', '\n')
    .replaceAll(`file://${SANDBOX_WORKSPACE}/`, '')
    .replaceAll(`${SANDBOX_WORKSPACE}/`, '')
    .replaceAll(SANDBOX_WORKSPACE, '.')
    .replaceAll(SANDBOX_HOME, '~')
    .replace(/\(?\b\d+(?:\.\d+)?\s?(?:ms|µs|ns|s|seconds?|secs?)\b\)?/g, '(time)')
    .replace(/\b0x[0-9a-f]{6,}\b/gi, '0x…')
    .replace(/\/tmp\/[\w./-]+/g, '/tmp/…')
    .replace(/[^\S\n]+$/gm, '')
    .trim()
}

/** A cleaned message within the bound; what is too long keeps its head and its tail. */
export function cleanMessage(text: string): string {
  const clean = cleanText(text)
  if (clean.length <= MAX_MESSAGE) return clean
  const half = Math.floor((MAX_MESSAGE - 5) / 2)
  return `${clean.slice(0, half)}\n…\n${clean.slice(-half)}`
}

/** A path relative to the workspace, with `/`; '' when there is none. */
export function relativeFile(path: string): string {
  return path
    .replace(/^file:\/\//, '')
    .replace(`${SANDBOX_WORKSPACE}/`, '')
    .replace(/^\.\//, '')
    .replaceAll('\\', '/')
}

/** The last lines that are not empty. */
export function lastLines(text: string, count: number): string {
  return text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .slice(-count)
    .join('\n')
}
