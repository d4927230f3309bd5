import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { isEnded } from '@/lib/core/status'
import { keptOf } from '@/lib/db/bundles'
import type { Db } from '@/lib/db/client'
import { held, knownRuns, type Mended } from '@/lib/db/reconcile'
import { alignRefs } from '@/lib/workspace/bench/rebuild'
import { hasCommit } from '@/lib/workspace/git/bundle'
import { entries } from '@/lib/workspace/git/leftovers'
import { gitText } from '@/lib/workspace/git/run'

const LIMIT = 100
const BATCH = 1_000

/**
 * Puts the branches of runs that nobody works on to their last recorded commit, in this machine's mirrors. A mirror
 * that lacks the commit is only behind: what it lacks is brought when the run goes on there.
 */
export async function reconcileRefs(
  db: Db,
  home: string,
  onError: (what: string, error: unknown) => void,
): Promise<Mended[]> {
  const mended: Mended[] = []
  for (const { name } of await entries(join(home, 'mirrors'))) {
    if (!name.endsWith('.git')) continue
    const mirror = join(home, 'mirrors', name)
    const refs = await refsOf(mirror)
    const ids = [...refs.keys()].flatMap((ref) => headOf.exec(ref)?.[1] ?? [])
    for (let at = 0; at < ids.length && mended.length < LIMIT; at += BATCH) {
      for (const run of await knownRuns(db, ids.slice(at, at + BATCH))) {
        const { id, headSha, branch } = run
        if (isEnded(run.status) || run.leased || headSha === null || branch === null) continue
        const same =
          refs.get(`refs/devpilot/runs/${id}/head`) === headSha &&
          refs.get(`refs/heads/${branch}`) === headSha
        if (same || !(await hasCommit(mirror, headSha))) continue
        try {
          mended.push(...(await putBack(db, home, mirror, id)))
        } catch (error) {
          onError(`the branch of run ${id}`, error)
        }
      }
    }
  }
  return mended
}

const headOf = /^refs\/devpilot\/runs\/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\/head$/

async function refsOf(mirror: string): Promise<Map<string, string>> {
  const args = ['for-each-ref', '--format=%(refname) %(objectname)']
  const lines = await gitText([...args, 'refs/devpilot/runs/*/head', 'refs/heads/'], { gitDir: mirror })
  return new Map(
    lines.split('\n').flatMap((line) => {
      const [ref, sha] = line.split(' ')
      return ref && sha ? [[ref, sha]] : []
    }),
  )
}

/** With the job held, so that no worker takes the run up meanwhile. */
async function putBack(db: Db, home: string, mirror: string, runId: string): Promise<Mended[]> {
  const mended: Mended[] = []
  await held(db, runId, 'commits_put_back', async ({ tx, run, job }) => {
    const { headSha: head, branch, baseSha } = run
    if (isEnded(run.status) || job?.state === 'leased' || head === null || branch === null) return null
    let told: Readonly<Record<string, unknown>> | null = null
    const record = {
      list: () => keptOf(tx, runId),
      async told(_action: string, data: Readonly<Record<string, unknown>>) {
        told = data
      },
    }
    // No lock is waited for: whoever asks for this row would wait as long, with an embedded database everybody.
    const at = { mirror, signal: AbortSignal.abort() }
    await alignRefs({ run: { id: runId, baseSha }, at, record }, { branch, head, brought: false })
    // Its files are those of the other commit: without its mark the checkout is made anew.
    await rm(join(home, 'worktrees', runId, 'files', '.git'), { force: true })
    if (told) mended.push({ what: 'commits_put_back', runId, data: told })
    return told
  })
  return mended
}
