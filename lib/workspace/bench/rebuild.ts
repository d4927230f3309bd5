import { hostname } from 'node:os'
import type { RunRecord } from '@/lib/core/record'
import { AppError } from '@/lib/errors'
import { applyBundle, hasCommit } from '@/lib/workspace/git/bundle'
import { fetchKept, type KeptAt } from '@/lib/workspace/git/kept-refs'
import { ensureMirror } from '@/lib/workspace/git/mirror'
import { git, gitText } from '@/lib/workspace/git/run'
import { headRef, runRef } from '@/lib/workspace/git/worktree'
import type { CommitRecord } from './keep'

const NONE = ''

export interface Rebuild {
  readonly run: RunRecord
  readonly at: KeptAt
  readonly record: CommitRecord
}

interface Align {
  readonly run: Pick<RunRecord, 'id' | 'baseSha'>
  /** `signal` ends the waiting for a lock. */
  readonly at: Pick<KeptAt, 'mirror' | 'signal'>
  /** Without `beforeWrite`: nobody can take the run meanwhile. */
  readonly record: Pick<CommitRecord, 'list' | 'told'> & Partial<Pick<CommitRecord, 'beforeWrite'>>
}

/**
 * Sees to it that the mirror has the run's last recorded commit, from what was kept of it.
 * @returns whether anything had to be brought
 * @throws AppError('repository_unusable') when it is nowhere, or what was kept is damaged
 */
export async function bringCommits({ run, at, record }: Rebuild, head: string): Promise<boolean> {
  const { mirror } = at
  if (await hasCommit(mirror, head)) return false
  const kept = await record.list()
  for (const runId of new Set(kept.filter(({ where }) => where === 'forge').map((one) => one.runId)))
    await fetchKept(at, runId)
  for (const one of kept) {
    const wanted = one.where === 'database' && !(await hasCommit(mirror, one.toSha))
    // A commit that was never recorded may stand on nothing that is here, and nothing stands on it.
    if (wanted && (await hasCommit(mirror, one.fromSha)))
      await applyBundle(mirror, await record.bytes(one), one)
    if (one.toSha === head) break
  }
  if (await hasCommit(mirror, head)) return true
  // A branch that was pushed has them, too.
  await ensureMirror(at)
  if (await hasCommit(mirror, head)) return true
  throw new AppError(
    'repository_unusable',
    `The last commit of this run (${head}) is not on this machine (${hostname()}), and was not kept.`,
    {
      place: mirror,
      mend: `Let the machine that has it go on, or start a new run. Kept were ${kept.length} commits of run ${run.id}.`,
    },
  )
}

/**
 * Puts a run's refs in the mirror to what the database says is done, and no further. A commit of nobody's turn is no
 * part of the run; one that a person made on the branch is set aside under `refs/devpilot/aside/<run>/`.
 */
export async function alignRefs(
  { run, at: { mirror, signal: patience }, record }: Align,
  { branch, head, brought }: { readonly branch: string; readonly head: string; readonly brought: boolean },
): Promise<'as it was' | 'put back'> {
  const own = await refsOf(mirror, run.id, branch)
  const was = own.get(headRef(run.id)) ?? null
  const branchWas = own.get(`refs/heads/${branch}`) ?? null
  if (was === head && branchWas === head) return 'as it was'
  const moves = new Map<string, string>()
  const aside = branchWas !== null && branchWas !== was && !(await isPart(mirror, branchWas, head))
  if (aside) moves.set(`refs/devpilot/aside/${run.id}/${branchWas}`, branchWas)
  for (const [ref, sha] of own) if (!(await isPart(mirror, sha, head))) moves.set(ref, NONE)
  for (const [ref, sha] of await turnRefs(mirror, record, run, head)) moves.set(ref, sha)
  moves.set(`refs/heads/${branch}`, head).set(headRef(run.id), head)
  const commands = [...moves].map(([ref, sha]) => (sha === NONE ? `delete ${ref}` : `update ${ref} ${sha}`))
  const input = `${commands.join('\n')}\n`
  const { beforeWrite } = record
  await git(['update-ref', '--stdin'], { gitDir: mirror, input, patience, beforeWrite })
  const action = brought || was === null ? 'run.rebuilt' : 'reconcile.commits_put_back'
  const data = { host: hostname(), branch, head, was, branchWas, ...(aside ? { setAside: branchWas } : {}) }
  if (was !== null || brought) await record.told(action, data)
  return 'put back'
}

/** The refs of the run's turns, as the mirror had them that made their commits. */
async function turnRefs(
  mirror: string,
  record: Align['record'],
  run: Align['run'],
  head: string,
): Promise<(readonly [ref: string, sha: string])[]> {
  const own = (await record.list()).filter(({ runId }) => runId === run.id)
  const done = own.slice(0, own.findLastIndex(({ toSha }) => toSha === head) + 1)
  const refs: (readonly [string, string])[] = run.baseSha === null ? [] : [[runRef(run.id, 0), run.baseSha]]
  for (const { turn, toSha } of done)
    if (await hasCommit(mirror, toSha)) refs.push([runRef(run.id, turn), toSha])
  return refs
}

async function refsOf(mirror: string, runId: string, branch: string): Promise<Map<string, string>> {
  const args = ['for-each-ref', '--format=%(objectname) %(refname)']
  const lines = await gitText([...args, `refs/devpilot/runs/${runId}/`, `refs/heads/${branch}`], {
    gitDir: mirror,
  })
  return new Map(
    lines.split('\n').flatMap((line) => {
      const [sha, ref] = line.split(' ')
      return sha && ref ? [[ref, sha]] : []
    }),
  )
}

/** Whether a commit is `head` or one that it is built on. */
async function isPart(mirror: string, sha: string, head: string): Promise<boolean> {
  const options = { gitDir: mirror, okCodes: [1, 128] }
  return (await git(['merge-base', '--is-ancestor', sha, head], options)).exitCode === 0
}
