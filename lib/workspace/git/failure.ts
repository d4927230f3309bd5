import { existsSync } from 'node:fs'
import { AppError, type ErrorCode, type ErrorDetails } from '@/lib/errors'
import { redact } from '@/lib/log'
import type { Ended } from '@/lib/workspace/git/collect'
import type { GitOptions } from '@/lib/workspace/git/run'

interface Known {
  readonly pattern: RegExp
  readonly code: ErrorCode
  readonly details: ErrorDetails
}

const known: readonly Known[] = [
  {
    // A checkout says no reason when a file was opened and then could not be written: there is hardly another.
    pattern: /No space left on device|Disk quota exceeded|unable to write (?:file|new[_ ]index)/i,
    code: 'disk_full',
    details: {
      mend: 'Free some space, then `devpilot runs retry <run>`: it goes on at this step, with all that was committed.',
    },
  },
  {
    pattern: /not a git repository|does not appear to be a git repository|[Rr]epository .* not found/,
    code: 'repository_unusable',
    details: { mend: 'Give the path or URL of a git repository; `git init` makes one.' },
  },
  {
    // Before the broken connection that git reports with it: trying again brings no missing object.
    pattern: /corruption on the remote side|unable to read [0-9a-f]{40}|missing (?:blob|tree|commit) object/,
    code: 'repository_unusable',
    details: {
      mend: 'This clone lacks objects: it is a partial clone, or damaged. Run `git fetch --refetch` in it, or give its URL.',
    },
  },
  {
    pattern: /Authentication failed|could not read Username|Permission denied \(publickey|error: 40[13]\b/,
    code: 'git_error',
    details: { mend: 'Set GITHUB_TOKEN (or the token of your forge) to one that may read this repository.' },
  },
  {
    pattern: /transport '([^']*)' not allowed/,
    code: 'git_error',
    details: { mend: 'Use a https, ssh or git URL, or a local path.' },
  },
  {
    pattern: /Unable to create '[^']*\.lock'|cannot lock ref/,
    code: 'git_error',
    details: { mend: 'Another git is at work there; it is tried again.', transient: true },
  },
  {
    pattern:
      /Could not resolve host|Failed to connect|Connection (?:refused|reset|timed out|closed by)|Operation (?:too slow|timed out)|Network is unreachable|early EOF|RPC failed|Empty reply from server|transfer closed|unexpected disconnect|hung up unexpectedly|non-properly terminated|SSL_ERROR_SYSCALL|unexpected eof while reading|error: (?:408|429|5\d\d)\b/,
    code: 'git_error',
    details: { mend: 'Check the network and the address; it is tried again.', transient: true },
  },
]

/** The AppError for a git call that did not end well. */
export function gitFailure(input: {
  readonly args: readonly string[]
  readonly options: GitOptions
  readonly ended: Ended
}): AppError {
  const { args, options, ended } = input
  const name = `git ${args.find((arg) => !arg.startsWith('-')) ?? ''}`.trim()
  const place = options.cwd ?? options.workTree ?? options.gitDir ?? ''
  if (ended.reason === 'timeout') {
    return new AppError('timeout', `${name} took longer than ${(options.timeoutMs ?? 30_000) / 1000} s.`, {
      place,
      mend: 'Try again; if it stays so, the repository is too large or its disk too slow.',
      transient: true,
    })
  }
  if (ended.reason === 'cancelled') return new AppError('cancelled', `${name} was cancelled.`, { place })
  if (ended.reason === 'output') {
    return new AppError('too_large', `${name} printed more than ${options.maxOutputBytes ?? 0} bytes.`, {
      place,
    })
  }
  if (ended.reason === 'lost') {
    return new AppError('git_error', `${name} was lost: the process that starts git was ended.`, {
      place,
      mend: 'It is started again with the next call, and this one is tried again.',
      transient: true,
    })
  }
  if (ended.reason === 'spawn') return spawnFailure(name, place, ended.error)
  if (ended.exitCode === null) {
    return new AppError('git_error', `${name} was killed from outside.`, {
      place,
      mend: 'See whether this machine is short of memory; it is tried again.',
      transient: true,
    })
  }
  const said = lastLines(ended.stderr, options)
  const message = `${name} failed with exit code ${ended.exitCode}${said ? `: ${sentence(said)}` : '.'}`
  const match = known.find(({ pattern }) => pattern.test(ended.stderr))
  return new AppError(match?.code ?? 'git_error', message, { place, ...match?.details })
}

/** What the system says when it has no room for another process. */
const short = ['EAGAIN', 'EMFILE', 'ENFILE', 'ENOMEM']

function spawnFailure(name: string, place: string, cause: Error | undefined): AppError {
  if (place && !existsSync(place)) {
    return new AppError('git_error', `${name} could not start: ${place} does not exist.`, { place, cause })
  }
  if (cause && 'code' in cause && short.includes(String(cause.code))) {
    const mend = 'This machine is short of processes, memory or open files; it is tried again.'
    return new AppError('git_error', `${name} could not start.`, { place, mend, transient: true, cause })
  }
  const mend = 'Install git 2.30 or later and see that it is on the PATH of DevPilot.'
  return new AppError('not_configured', `${name} could not start.`, { place, mend, cause })
}

/** With an end: a mend may come after it. */
function sentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`
}

function lastLines(stderr: string, options: GitOptions): string {
  const lines = stderr.split('\n').map((line) => line.trim())
  const said = lines.filter((line) => line && !line.startsWith('hint:')).slice(-5)
  const header = options.header?.header
  const text = redact(said.join(' / '))
  return header ? text.replaceAll(header, '[redacted]') : text
}
