import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Owner } from '@/lib/workspace/files/owner'
import { git, gitText } from '@/lib/workspace/git/run'
import { removeWorktree, restoreWorktree, type Worktree } from '@/lib/workspace/git/worktree'

/** A second checkout of a run, for checks alone: agents write to the first and never to this one. */
export interface CheckCheckout {
  readonly root: string
  /** Puts it to a commit, with files of another commit laid over. */
  put(sha: string, overlay?: { readonly from: string; readonly files: readonly string[] }): Promise<void>
  remove(): Promise<void>
}

export function checkCheckout(input: {
  readonly mirror: string
  readonly folder: string
  readonly runId: string
  readonly baseSha: string
  readonly owner: Owner | undefined
  readonly signal: AbortSignal
  /** Asked before it changes, and so before every command: its heir may be at work in it. */
  readonly beforeWrite: () => Promise<void>
}): CheckCheckout {
  const worktree: Worktree = {
    mirror: input.mirror,
    root: join(input.folder, 'check'),
    runId: `${input.runId}-check`,
    branch: `devpilot-check/${input.runId}`,
    baseSha: input.baseSha,
  }
  let at: string | null = null
  return {
    root: worktree.root,
    async put(sha, overlay) {
      const { owner, signal, beforeWrite } = input
      await beforeWrite()
      const ref = overlay ? await overlaid(input.mirror, sha, overlay) : sha
      if (ref === at) return
      await restoreWorktree({ ...worktree, ref, owner, signal, beforeWrite })
      at = ref
    },
    async remove() {
      await removeWorktree(worktree)
      await rm(input.folder, { recursive: true, force: true })
    },
  }
}

/** A commit of `base` with some files as they are in another commit; the same input gives the same commit. */
async function overlaid(
  mirror: string,
  base: string,
  overlay: { readonly from: string; readonly files: readonly string[] },
): Promise<string> {
  const indexFile = join(mirror, `overlay-${base.slice(0, 12)}-${overlay.from.slice(0, 12)}.index`)
  const options = { gitDir: mirror, indexFile }
  try {
    await git(['read-tree', base], options)
    const listed = await git(['ls-tree', '-r', '-z', overlay.from, '--', ...overlay.files], options)
    await git(['update-index', '-z', '--index-info'], { ...options, input: listed.stdout })
    const tree = await gitText(['write-tree'], options)
    return await gitText(['commit-tree', tree, '-p', base, '-m', 'overlay'], { ...options, date: 0 })
  } finally {
    await rm(indexFile, { force: true })
  }
}
