import type { SearchHit } from '@/lib/agents/workspace'
import { AppError, toAppError } from '@/lib/errors'
import { listPaths } from '@/lib/workspace/files/list'
import { cleanPath } from '@/lib/workspace/files/path'
import { type GitOptions, git } from '@/lib/workspace/git/run'
import { type Worktree, worktreeGit } from '@/lib/workspace/git/worktree'

const lineChars = 400
const outputBytes = 8 * 1024 * 1024
const timeoutMs = 20_000

interface SearchInput {
  readonly query: string
  readonly regex: boolean
  readonly under?: string
  readonly limit: number
}

/**
 * Lines that hold the text, or match the Perl-style expression, in order of path and line. The matching is done by
 * `git grep` in a process with a time limit: an expression that never ends costs 20 s and not this process.
 * @throws AppError 'bad_request' (empty query, expression that does not parse), 'timeout'.
 */
export async function searchFiles(worktree: Worktree, input: SearchInput): Promise<readonly SearchHit[]> {
  if (input.query === '' || /[\0\n]/.test(input.query)) {
    throw new AppError('bad_request', 'The query must be one line of text and not empty.', {
      place: 'query',
      mend: 'Search for one line at a time.',
    })
  }
  const folder = cleanPath(input.under ?? '')
  // `git grep` follows a folder that has become a link, so only files that `listPaths` vouches for count.
  const files = new Set(await listPaths(worktree, folder))
  const pathspec = folder === '' ? [] : [folder]
  const { stdout, cut } = await grep(worktree, input, pathspec)
  const hits: SearchHit[] = []
  for (const hit of parseGrep(stdout.toString('utf8'), cut)) {
    if (hits.length >= input.limit) break
    if (files.has(hit.path)) hits.push(hit)
  }
  return hits
}

async function grep(worktree: Worktree, input: SearchInput, pathspec: readonly string[]) {
  const options: GitOptions = {
    ...worktreeGit(worktree),
    okCodes: [1],
    timeoutMs,
    maxOutputBytes: outputBytes,
    cutOutput: true,
  }
  const args = (dialect: string) => [
    ...['grep', '-I', '-n', '-z', '--full-name', '--no-color', '--no-textconv', '--no-recurse-submodules'],
    ...['--untracked', '--exclude-standard', dialect, '-e', input.query, '--', ...pathspec],
  ]
  try {
    return await git(args(input.regex ? '-P' : '-F'), options)
  } catch (caught) {
    const error = toAppError(caught)
    // A git that was built without PCRE knows POSIX expressions only.
    if (/Perl-compatible regexes/.test(error.message)) return await git(args('-E'), options)
    if (input.regex && error.code === 'git_error') {
      throw new AppError('bad_request', `The expression cannot be used: ${error.message}`, {
        place: 'query',
        mend: 'Correct the expression, or search for fixed text (regex: false).',
        cause: error,
      })
    }
    throw error
  }
}

/** Entries of `git grep -n -z`: path NUL line NUL text LF; paths may hold line ends, texts hold no NUL. */
function parseGrep(output: string, cut: boolean): SearchHit[] {
  const hits: SearchHit[] = []
  for (let at = 0; at < output.length; ) {
    const pathEnd = output.indexOf('\0', at)
    const lineEnd = output.indexOf('\0', pathEnd + 1)
    if (pathEnd === -1 || lineEnd === -1) break
    const textEnd = output.indexOf('\n', lineEnd + 1)
    // The last entry of a cut output may be half of one.
    if (textEnd === -1 && cut) break
    const end = textEnd === -1 ? output.length : textEnd
    hits.push({
      path: output.slice(at, pathEnd),
      line: Number(output.slice(pathEnd + 1, lineEnd)),
      text: shorten(output.slice(lineEnd + 1, end).replace(/\r$/, '')),
    })
    at = end + 1
  }
  return hits
}

function shorten(text: string): string {
  return text.length <= lineChars ? text : `${text.slice(0, lineChars)}… (${text.length} characters)`
}
