import { AppError } from '@/lib/errors'
import type { GitIdentity } from '@/lib/workspace/git/settings'
import type { MergeRequest } from '../forge'
import { isAncestor, mustGit, tryGit } from '../git'

interface Sides {
  readonly repository: string
  /** The target branch's commit. */
  readonly base: string
  readonly head: string
}

const trailerName = 'DevPilot-Key'

/** The message with the effect's key as its last trailer, by which the commit is known again. */
export function messageWithKey(message: string, key: string): string {
  const text = message.trim() === '' ? 'Merge by DevPilot' : message.trim()
  const paragraphs = text.split(/\n{2,}/)
  const last = paragraphs.at(-1) ?? ''
  const trailers = paragraphs.length > 1 && last.split('\n').every((line) => /^[A-Za-z0-9-]+: /.test(line))
  return `${text}${trailers ? '\n' : '\n\n'}${trailerName}: ${encodeURIComponent(key)}\n`
}

/** The commit on `base..target` that was made under this key, or null. */
export async function commitWithKey(
  repository: string,
  range: { readonly from: string; readonly to: string },
  key: string,
): Promise<string | null> {
  const line = `${trailerName}: ${encodeURIComponent(key)}`
  const args = ['log', '-F', `--grep=${line}`, '-z', '--format=%H%n%B', `${range.from}..${range.to}`, '--']
  const found = (await mustGit(repository, args)).split('\0').filter((entry) => entry !== '')
  const exact = found.find((entry) => entry.split('\n').includes(line))
  return exact?.split('\n')[0] ?? null
}

/** The tree of both sides together. @throws AppError('conflict') naming the files in which they disagree. */
async function mergedTree({ repository, base, head }: Sides): Promise<string> {
  const answer = await tryGit(repository, [
    'merge-tree',
    '--write-tree',
    '-z',
    '--name-only',
    '--no-messages',
    base,
    head,
  ])
  const [tree = '', ...files] = answer.stdout.split('\0').filter((part) => part !== '')
  if (answer.exitCode === 0 && tree !== '') return tree.trim()
  if (answer.exitCode === 1) {
    throw new AppError('conflict', `The branch and its target changed the same lines: ${files.join(', ')}.`, {
      place: files[0] ?? repository,
      mend: 'Merge the target into the branch by hand and resolve these files, then `devpilot runs retry <run>`.',
    })
  }
  throw new AppError('git_error', `git could not merge: ${answer.stderr.trim()}`, {
    place: repository,
    mend: 'Merging needs git 2.38 or later: see `git --version`. The branches must share a commit.',
  })
}

interface NewCommit {
  readonly tree: string
  readonly parents: readonly string[]
  readonly message: string
  readonly committer: GitIdentity
  /** Of a commit that is laid elsewhere: its own author, and its date in seconds since 1970. */
  readonly author?: GitIdentity & { readonly date: number }
}

async function commitTree(repository: string, commit: NewCommit): Promise<string> {
  const { tree, parents, message, committer, author } = commit
  const args = ['commit-tree', tree, ...parents.flatMap((parent) => ['-p', parent]), '-F', '-']
  const config = author
    ? ([
        ['author.name', author.name],
        ['author.email', author.email],
      ] as const)
    : []
  return mustGit(repository, args, { input: message, identity: committer, date: author?.date, config })
}

/** The branch's own commits laid one by one on the target; the last one carries the key. */
async function rebased(sides: Sides, request: MergeRequest, committer: GitIdentity): Promise<string> {
  const { repository, base, head } = sides
  const list = await mustGit(repository, [
    'rev-list',
    '--reverse',
    '--topo-order',
    '--no-merges',
    `${base}..${head}`,
  ])
  const commits = list.split('\n').filter((sha) => sha !== '')
  let tip = base
  for (const [index, sha] of commits.entries()) {
    const format = '--format=%an%n%ae%n%at%n%B'
    const shown = await mustGit(repository, ['log', '-1', format, sha, '--'])
    const [name = '', email = '', date = '', ...message] = shown.split('\n')
    // merge-tree takes no base before git 2.40: a commit with the tip's tree and the picked commit's parent has
    // that parent as its merge base with the picked commit, which is what a cherry-pick is.
    const tipTree = await mustGit(repository, ['rev-parse', '--verify', `${tip}^{tree}`])
    const before = await mustGit(repository, ['rev-parse', '--verify', `${sha}^`])
    const stand = await commitTree(repository, {
      tree: tipTree,
      parents: [before],
      message: 'stand',
      committer,
    })
    const tree = await mergedTree({ repository, base: stand, head: sha })
    const text = message.join('\n').trimEnd()
    const last = index === commits.length - 1
    tip = await commitTree(repository, {
      tree,
      parents: [tip],
      message: last ? messageWithKey(text, request.key) : `${text}\n`,
      committer,
      author: { name, email, date: Number(date) },
    })
  }
  return tip
}

/**
 * The commit that the target branch moves to. Objects are written, no ref is moved.
 * @throws AppError('conflict') when the sides conflict or a fast-forward is not possible.
 */
export async function mergeCommit(
  sides: Sides,
  request: MergeRequest,
  committer: GitIdentity,
): Promise<string> {
  const { repository, base, head } = sides
  const straight = await isAncestor(repository, base, head)
  const message = messageWithKey(request.message, request.key)
  switch (request.method) {
    case 'fast-forward':
      if (straight) return head
      throw new AppError(
        'conflict',
        'The target has commits that the branch has not: no fast-forward is possible.',
        {
          mend: 'Merge with the method "merge", "squash" or "rebase", or rebase the branch.',
        },
      )
    case 'merge':
      return commitTree(repository, {
        tree: await mergedTree(sides),
        parents: [base, head],
        message,
        committer,
      })
    case 'squash':
      return commitTree(repository, { tree: await mergedTree(sides), parents: [base], message, committer })
    case 'rebase':
      return straight ? head : rebased(sides, request, committer)
    default:
      return request.method satisfies never
  }
}
