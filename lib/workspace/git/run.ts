import { hostToolEnv } from '@/lib/env'
import { AppError } from '@/lib/errors'
import { collect } from '@/lib/workspace/git/collect'
import { lockMet, outliveLock } from '@/lib/workspace/git/dead-lock'
import { gitFailure } from '@/lib/workspace/git/failure'
import { type GitIdentity, gitConfigEnv } from '@/lib/workspace/git/settings'
import { spawnEnv } from '@/lib/workspace/sandbox/spawn-env'

/** Ways over which git may talk to another repository; none unless a call names them. `ext` is never possible. */
export type GitProtocol = 'file' | 'http' | 'https' | 'ssh' | 'git'

/** Sent as an HTTP header to URLs below `url`; travels in the environment, so it never shows in a process list. */
export interface GitHeader {
  readonly url: string
  readonly header: string
}

export interface GitOptions {
  readonly cwd?: string
  readonly gitDir?: string
  readonly workTree?: string
  readonly indexFile?: string
  readonly input?: string | Buffer
  /** Milliseconds, 30,000 unless told. The whole process group is killed at the end of it. */
  readonly timeoutMs?: number
  readonly signal?: AbortSignal | undefined
  readonly protocols?: readonly GitProtocol[]
  readonly header?: GitHeader | undefined
  readonly identity?: GitIdentity | undefined
  /** More configuration of command scope, as [key, value]; it wins over ours and over the repository's. */
  readonly config?: readonly (readonly [string, string])[]
  /** Exit codes beside 0 that are results. */
  readonly okCodes?: readonly number[]
  /** Bytes of standard output; beyond it the call is an error, or cut when `cutOutput`. */
  readonly maxOutputBytes?: number
  readonly cutOutput?: boolean
  /** false: paths come in by `--stdin`, to a command that refuses to be told that paths are literal. */
  readonly literalPaths?: false
  /**
   * Asked again once a lock was waited for: the run may be an heir's by then. @throws AppError('lease_lost')
   */
  readonly beforeWrite?: (() => Promise<void>) | undefined
  /** Ends the waiting for a lock, and not a git that is at work: one that is killed leaves its own. */
  readonly patience?: AbortSignal | undefined
  /** Date of the commit made, in seconds since 1970, so that a repeated commit has the same SHA; now when absent. */
  readonly date?: number | undefined
}

export interface GitResult {
  readonly stdout: Buffer
  readonly stderr: string
  readonly exitCode: number
  /** True when the output was longer than `maxOutputBytes` and the rest was dropped. */
  readonly cut: boolean
}

const defaultTimeoutMs = 30_000
const defaultOutputBytes = 256 * 1024 * 1024
/** Locks that one call waits for at most: what is said may only look like one. */
const maxLocks = 10

/**
 * Runs git with an argument array and an environment in which nothing of the user's or the repository's
 * configuration can start a program: no hooks, fsmonitor, pager, editor, credential helper, `ext::` or lazy fetch.
 * Filters of a repository's own configuration are named freely, so callers that touch a foreign checkout add
 * `filterOverrides()` (settings.ts).
 * What a git that was killed left locked in a mirror is waited for and removed.
 * @throws AppError 'git_error' with the last lines of stderr, redacted; 'timeout', 'cancelled', 'disk_full',
 *   'repository_unusable', 'too_large' (output).
 */
export async function git(args: readonly string[], options: GitOptions = {}): Promise<GitResult> {
  const asked = {
    file: 'git',
    args,
    cwd: options.cwd ?? options.gitDir ?? '/',
    env: spawnEnv(environment(options)),
    input: options.input,
    timeoutMs: options.timeoutMs ?? defaultTimeoutMs,
    maxOutputBytes: options.maxOutputBytes ?? defaultOutputBytes,
  }
  for (let locks = 0; ; locks += 1) {
    if (options.signal?.aborted) throw new AppError('cancelled', `git ${args[0] ?? ''} was cancelled.`)
    const ended = await collect(asked, options.signal)
    const cut = ended.reason === 'output' && options.cutOutput === true
    const good = ended.reason === null && ended.exitCode !== null
    if (cut || (good && [0, ...(options.okCodes ?? [])].includes(ended.exitCode))) {
      return { stdout: ended.stdout, stderr: ended.stderr, exitCode: ended.exitCode ?? 0, cut }
    }
    const lock = ended.reason === null && locks < maxLocks ? lockMet(ended.stderr, asked.cwd) : null
    const { signal, patience } = options
    const gone = lock !== null && (await outliveLock(lock, [signal, patience]))
    if (!gone && !signal?.aborted) throw gitFailure({ args, options, ended })
    await options.beforeWrite?.()
  }
}

/** Standard output of `git`, decoded as UTF-8, without the last line ends. */
export async function gitText(args: readonly string[], options: GitOptions = {}): Promise<string> {
  const { stdout } = await git(args, options)
  return stdout.toString('utf8').replace(/\n+$/, '')
}

/** Output of a `-z` command as its entries. `latin1` keeps bytes that are no UTF-8 for a later command's input. */
export function nulSeparated(stdout: Buffer, encoding: 'utf8' | 'latin1' = 'utf8'): string[] {
  return stdout.toString(encoding).split('\0').filter(Boolean)
}

function environment(options: GitOptions): Record<string, string> {
  const { gitDir, workTree, indexFile, date } = options
  return {
    ...hostToolEnv(),
    LC_ALL: 'C.UTF-8',
    GIT_TERMINAL_PROMPT: '0',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_ATTR_NOSYSTEM: '1',
    GIT_OPTIONAL_LOCKS: '0',
    GIT_NO_LAZY_FETCH: '1',
    GIT_NO_REPLACE_OBJECTS: '1',
    GIT_PAGER: 'cat',
    GIT_EDITOR: 'true',
    GIT_ASKPASS: '',
    SSH_ASKPASS: '',
    GIT_SSH_COMMAND: 'ssh -oBatchMode=yes',
    GIT_ALLOW_PROTOCOL: (options.protocols ?? []).join(':'),
    ...(options.literalPaths === false ? {} : { GIT_LITERAL_PATHSPECS: '1' }),
    ...(gitDir ? { GIT_DIR: gitDir } : {}),
    ...(workTree ? { GIT_WORK_TREE: workTree } : {}),
    ...(indexFile ? { GIT_INDEX_FILE: indexFile } : {}),
    ...(date ? { GIT_AUTHOR_DATE: `${date} +0000`, GIT_COMMITTER_DATE: `${date} +0000` } : {}),
    ...gitConfigEnv(options),
  }
}
