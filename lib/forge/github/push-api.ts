import { AppError } from '@/lib/errors'
import { git } from '@/lib/workspace/git/run'
import type { Forge } from '../forge'
import { assertBranchName, isAncestor, mustGit } from '../git'
import type { GitHubClient } from './client'
import { statusOf } from './errors'
import { movedByOthers } from './push-git'

type Push = Parameters<Forge['push']>[0]

function mismatch(what: string, ours: string, theirs: string): AppError {
  return new AppError('forge_error', `The ${what} ${ours} became ${theirs} on the forge.`, {
    mend: 'This server cannot take the branch through its API: push it with git (`push: "git"`).',
  })
}

/** Commits of the branch that the forge has not, parents first. */
async function missingCommits(client: GitHubClient, mirror: string, headSha: string): Promise<string[]> {
  const { owner, repo } = client
  const seen = new Set<string>()
  const wanted: string[] = []
  const open = [headSha]
  for (let sha = open.pop(); sha !== undefined; sha = open.pop()) {
    if (seen.has(sha)) continue
    seen.add(sha)
    const commit_sha = sha
    const there = await client.maybe('Looking for a commit', (kit) =>
      kit.rest.git.getCommit({ owner, repo, commit_sha }),
    )
    if (there) continue
    wanted.push(sha)
    const parents = await mustGit(mirror, ['log', '-1', '--format=%P', sha, '--'])
    open.push(...parents.split(' ').filter((parent) => parent !== ''))
  }
  if (wanted.length === 0) return []
  const order = await mustGit(mirror, ['rev-list', '--topo-order', '--reverse', headSha, '--'])
  const set = new Set(wanted)
  return order.split('\n').filter((sha) => set.has(sha))
}

interface Change {
  readonly mode: string
  readonly sha: string | null
  readonly path: string
}

/** What a commit changes against its first parent; everything, for a first commit. */
async function changesOf(mirror: string, sha: string, parent: string | undefined): Promise<Change[]> {
  const base = parent ?? (await mustGit(mirror, ['hash-object', '-t', 'tree', '--stdin'], { input: '' }))
  const args = ['diff-tree', '-r', '-z', '--raw', '--no-renames', '--full-index', base, sha, '--']
  const parts = (await mustGit(mirror, args)).split('\0')
  const changes: Change[] = []
  for (let index = 0; index + 1 < parts.length; index += 2) {
    const [, mode = '', , after = '', status = ''] = (parts[index] ?? '').split(' ')
    const path = parts[index + 1] ?? ''
    if (path !== '') changes.push({ mode, path, sha: status.startsWith('D') ? null : after })
  }
  return changes
}

async function sendTree(
  client: GitHubClient,
  mirror: string,
  sha: string,
  parent: string | undefined,
): Promise<string> {
  const { owner, repo } = client
  const tree = await mustGit(mirror, ['rev-parse', '--verify', `${sha}^{tree}`])
  const entries: { path: string; mode: Mode; type: 'blob' | 'commit'; sha: string | null }[] = []
  for (const change of await changesOf(mirror, sha, parent)) {
    const submodule = change.mode === '160000'
    const type = submodule ? ('commit' as const) : ('blob' as const)
    // A removed entry's own mode is 000000, which the API does not take.
    const mode = change.sha === null ? ('100644' as const) : modeOf(change.mode)
    if (change.sha !== null && !submodule) {
      const { stdout } = await git(['cat-file', 'blob', change.sha], { cwd: mirror })
      const content = stdout.toString('base64')
      await client.ask('Sending a file', (kit) =>
        kit.rest.git.createBlob({ owner, repo, content, encoding: 'base64' }),
      )
    }
    entries.push({ path: change.path, mode, type, sha: change.sha })
  }
  // A commit that changes nothing has its parent's tree, which is there; the API takes no empty list.
  if (entries.length === 0) return tree
  const base =
    parent === undefined ? {} : { base_tree: await mustGit(mirror, ['rev-parse', `${parent}^{tree}`]) }
  const { data } = await client.ask('Sending a tree', (kit) =>
    kit.rest.git.createTree({ owner, repo, tree: entries, ...base }),
  )
  if (data.sha !== tree) throw mismatch('tree', tree, data.sha)
  return tree
}

type Mode = '100644' | '100755' | '120000' | '160000'

function modeOf(mode: string): Mode {
  if (mode === '100755' || mode === '120000' || mode === '160000') return mode
  return '100644'
}

async function sendCommit(client: GitHubClient, mirror: string, sha: string): Promise<void> {
  const { owner, repo } = client
  const format = '--format=%P%n%an%n%ae%n%aI%n%cn%n%ce%n%cI%n%B'
  const shown = await mustGit(mirror, ['log', '-1', format, sha, '--'])
  const [parentLine = '', an = '', ae = '', ad = '', cn = '', ce = '', cd = '', ...message] =
    shown.split('\n')
  const parents = parentLine.split(' ').filter((parent) => parent !== '')
  const tree = await sendTree(client, mirror, sha, parents[0])
  const { data } = await client.ask('Sending a commit', (kit) =>
    kit.rest.git.createCommit({
      owner,
      repo,
      tree,
      parents,
      message: message.join('\n'),
      author: { name: an, email: ae, date: ad },
      committer: { name: cn, email: ce, date: cd },
    }),
  )
  if (data.sha !== sha) throw mismatch('commit', sha, data.sha)
}

/**
 * Writes the branch through the Git Data API, object by object, for servers that have no git transport (and hosts
 * that have no way out but the API). Every object's name is compared, so what arrives is what was approved.
 */
export async function pushByApi(client: GitHubClient, { mirror, branch, headSha }: Push): Promise<void> {
  const { owner, repo } = client
  await assertBranchName(mirror, branch)
  const ref = `heads/${branch}`
  const current = await client.maybe('Reading the branch', (kit) => kit.rest.git.getRef({ owner, repo, ref }))
  const old = current?.data.object.sha
  if (old === headSha) return
  if (old !== undefined && !(await isAncestor(mirror, old, headSha))) throw movedByOthers(branch, old)
  for (const sha of await missingCommits(client, mirror, headSha)) await sendCommit(client, mirror, sha)
  await client.ask(`Writing the branch ${branch}`, async (kit) => {
    try {
      if (old === undefined) await kit.rest.git.createRef({ owner, repo, ref: `refs/${ref}`, sha: headSha })
      else await kit.rest.git.updateRef({ owner, repo, ref, sha: headSha, force: false })
    } catch (error) {
      const now = await kit.rest.git.getRef({ owner, repo, ref }).catch((unseen: unknown) => {
        if (statusOf(unseen) === 404) return null
        // What became of the write, nobody knows: an answer that was lost is no refusal.
        throw unseen
      })
      if (now?.data.object.sha === headSha) return
      if (statusOf(error) === 422 && now) throw movedByOthers(branch, now.data.object.sha)
      throw error
    }
  })
}
