import { AppError, toAppError } from '@/lib/errors'
import { git, gitText } from '@/lib/workspace/git/run'

const limitMs = 600_000
/** What one step of a run may add; a database takes more, but nobody wants to wait for it. */
export const maxBundleBytes = 64 * 1024 * 1024

/** Two commits of a run: the second holds what came after the first. */
export interface CommitRange {
  readonly fromSha: string
  readonly toSha: string
}

/** Whether the commit is there. False too for a mirror that is not. */
export async function hasCommit(mirror: string, sha: string): Promise<boolean> {
  try {
    const options = { gitDir: mirror, okCodes: [1, 128] }
    return (await git(['cat-file', '-e', `${sha}^{commit}`], options)).exitCode === 0
  } catch (error) {
    if (error instanceof AppError) return false
    throw error
  }
}

/**
 * What lies between two commits, as a thin git bundle (`git bundle unbundle` takes it, too).
 * @param ref stands at `range.toSha`
 * @throws AppError('too_large') over `maxBundleBytes`
 */
export async function makeBundle(
  mirror: string,
  ref: string,
  range: CommitRange,
  maxBytes = maxBundleBytes,
): Promise<Buffer> {
  const args = ['bundle', 'create', '--quiet', '-', ref, `^${range.fromSha}`]
  try {
    const options = { gitDir: mirror, timeoutMs: limitMs, maxOutputBytes: maxBytes }
    return (await git(args, options)).stdout
  } catch (caught) {
    const error = toAppError(caught)
    if (error.code !== 'too_large') throw error
    const size = `${Math.floor(maxBytes / 1024 / 1024)} MB`
    throw new AppError('too_large', `The change since ${range.fromSha.slice(0, 7)} is over ${size}.`, {
      place: range.toSha,
      mend: 'Add what is not source to .gitignore, or set `workspace.keep: forge` in devpilot.yaml.',
      cause: error,
    })
  }
}

/**
 * Brings a bundle's commits into the mirror. No ref moves, and a bundle that is not whole leaves nothing behind.
 * @throws AppError('repository_unusable') for bytes that are no bundle of just this range
 */
export async function applyBundle(mirror: string, bytes: Uint8Array, range: CommitRange): Promise<void> {
  const bundle = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const end = bundle.indexOf('\n\n')
  const [first, ...lines] = bundle.subarray(0, Math.max(0, end)).toString('latin1').split('\n')
  const needs = lines.filter((line) => line.startsWith('-')).map((line) => line.slice(1, 41))
  const gives = lines.filter((line) => !line.startsWith('-')).map((line) => line.slice(0, 40))
  const right = needs.every((sha) => sha === range.fromSha) && gives.every((sha) => sha === range.toSha)
  if (first !== '# v2 git bundle' || gives.length === 0 || !right) throw damaged(mirror, range)
  try {
    // Not `git bundle unbundle`: that wants what is built upon to be reachable from a ref, and no ref moves before all
    // bundles are in.
    await git(['index-pack', '--stdin', '--fix-thin', '--strict'], {
      gitDir: mirror,
      input: bundle.subarray(end + 2),
      timeoutMs: limitMs,
    })
    await gitText(['rev-list', '--objects', '--quiet', range.toSha, `^${range.fromSha}`], {
      gitDir: mirror,
      timeoutMs: limitMs,
    })
  } catch (caught) {
    const error = toAppError(caught)
    if (error.code === 'disk_full' || error.code === 'timeout') throw error
    throw damaged(mirror, range, error)
  }
}

function damaged(mirror: string, { fromSha, toSha }: CommitRange, cause?: unknown): AppError {
  const what = `${fromSha.slice(0, 7)}..${toSha.slice(0, 7)}`
  return new AppError('repository_unusable', `What was kept of the commits ${what} is damaged.`, {
    place: mirror,
    mend: 'Let the machine that made them go on with the run, restore `run_bundles` from a backup, or start a new run.',
    cause,
  })
}
