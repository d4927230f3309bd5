import { AppError } from '@/lib/errors'
import type { BeforeWrite } from '../forge'
import { assertBranchName, commitOf, isAncestor, mustGit, tryGit } from '../git'
import { checkoutsOf } from './checkouts'

/** Remembers what DevPilot pushed last, to tell its own earlier commit from somebody else's. */
const pushedRef = (branch: string) => `refs/devpilot/pushed/${branch}`

async function fetchCommit(repository: string, mirror: string, sha: string): Promise<void> {
  if ((await commitOf(mirror, sha)) !== sha) {
    throw new AppError('not_found', `The commit ${sha} is not in the mirror.`, {
      place: mirror,
      mend: 'The run lost its branch: `devpilot runs retry <run>` from the step that wrote it.',
    })
  }
  const args = ['fetch', '--quiet', '--no-tags', '--no-write-fetch-head', '--no-auto-gc', mirror, sha]
  // Version 2 of the protocol gives any commit by its name; the ref layout of the mirror does not matter.
  await mustGit(repository, args, {
    timeoutMs: 600_000,
    protocols: ['file'],
    config: [['protocol.version', '2']],
  })
}

/**
 * Makes the mirror's commit a branch of the user's repository. The checkout is not touched.
 * @throws AppError('conflict') when the branch is checked out there, or has commits that are not DevPilot's.
 */
export async function pushLocal(
  repository: string,
  input: { readonly mirror: string; readonly branch: string; readonly headSha: string },
  beforeWrite: BeforeWrite,
): Promise<void> {
  const { mirror, branch, headSha } = input
  await assertBranchName(repository, branch)
  const old = await commitOf(repository, `refs/heads/${branch}`)
  if (old === headSha) return
  const [folder] = await checkoutsOf(repository, branch)
  if (folder !== undefined) {
    throw new AppError('conflict', `The branch ${branch} is checked out in ${folder}.`, {
      place: folder,
      mend: `Switch that folder to another branch (\`git switch -\`), then \`devpilot runs retry <run>\`.`,
    })
  }
  await fetchCommit(repository, mirror, headSha)
  const pushed = await commitOf(repository, pushedRef(branch))
  if (old !== null && old !== pushed && !(await isAncestor(repository, old, headSha))) {
    throw new AppError('conflict', `The branch ${branch} has commits that DevPilot did not make (${old}).`, {
      place: `refs/heads/${branch}`,
      mend: `Keep them under another name (\`git branch -m ${branch} mine\`), then \`devpilot runs retry <run>\`.`,
    })
  }
  const zero = '0'.repeat(headSha.length)
  const moves = `update refs/heads/${branch}\0${headSha}\0${old ?? zero}\0update ${pushedRef(branch)}\0${headSha}\0\0`
  await beforeWrite()
  const answer = await tryGit(repository, ['update-ref', '-z', '--stdin', '-m', 'devpilot: push'], {
    input: moves,
  })
  if (answer.exitCode === 0) return
  throw new AppError('conflict', `The branch ${branch} could not be written: ${answer.stderr.trim()}`, {
    place: `refs/heads/${branch}`,
    transient: true,
    mend: 'Another program writes to this branch: `devpilot runs retry <run>` when it is done.',
  })
}
