import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const person = ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.com', '-c', 'init.defaultBranch=main']

/** git as a user would call it, for arranging and for looking; trimmed. */
export function git(folder: string, args: readonly string[], input?: string): string {
  return execFileSync('git', [...person, ...args], {
    cwd: folder,
    encoding: 'utf8',
    stdio: ['pipe', 'pipe', 'pipe'],
    ...(input === undefined ? {} : { input }),
  }).trim()
}

/** A folder that `clean` removes. */
export function temporary(): { readonly path: string; clean(): void } {
  const path = mkdtempSync(join(tmpdir(), 'devpilot-forge-'))
  return { path, clean: () => rmSync(path, { recursive: true, force: true }) }
}

/** A bare repository with `files` as the first commit of main. */
export function makeMirror(path: string, files: Readonly<Record<string, string>>): string {
  git(tmpdir(), ['init', '--quiet', '--bare', path])
  commit(path, { branch: 'main', files, message: 'first' })
  return path
}

interface NewCommit {
  readonly branch: string
  readonly from?: string
  /** null removes the file. */
  readonly files: Readonly<Record<string, string | null>>
  readonly message?: string
}

/** A commit on a branch of a bare repository, made without any checkout. */
export function commit(repository: string, { branch, from, files, message = 'change' }: NewCommit): string {
  const data = (text: string) => `data ${Buffer.byteLength(text)}\n${text}\n`
  const entries = Object.entries(files).map(([path, text]) => {
    const quoted = `"${path.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`
    return text === null ? `D ${quoted}\n` : `M 100644 inline ${quoted}\n${data(text)}`
  })
  const known = git(repository, ['for-each-ref', '--format=%(objectname)', `refs/heads/${branch}`])
  const parent = from ?? known
  const stream = [
    `commit refs/heads/${branch}\n`,
    'committer Ada Lovelace <ada@example.com> 1700000000 +0200\n',
    data(`${message}\n`),
    parent === '' ? '' : `from ${parent}\n`,
    ...entries,
  ]
  git(repository, ['fast-import', '--quiet', '--force'], stream.join(''))
  return git(repository, ['rev-parse', `refs/heads/${branch}`])
}
