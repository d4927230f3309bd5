import { randomUUID } from 'node:crypto'
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { runTool } from '@/lib/agents/act'
import type { Tool } from '@/lib/agents/tool'
import { readTools, writeTools } from '@/lib/agents/tools/files'
import type { ReplayParting, ReplayReport } from '@/lib/core/replay-report'
import type { ToolCall } from '@/lib/core/turn'
import { AppError } from '@/lib/errors'
import { redact } from '@/lib/log'
import { lineDifference } from '@/lib/models/difference'
import { normalise } from '@/lib/models/request-hash'
import type { ReplayRecord } from '@/lib/services/runs/replay'
import { git, gitText } from '@/lib/workspace/git/run'
import { createWorktree, removeWorktree, restoreWorktree, type Worktree } from '@/lib/workspace/git/worktree'
import { openWorkspace } from '@/lib/workspace/workspace'

/** Of their checkouts, below `refs/heads/`: by them a sweep knows the refs of a replay that was killed. */
export const REPLAY_BRANCHES = 'devpilot-replay/'

type Tools = NonNullable<ReplayReport['tools']>

/**
 * Runs the file tools of every turn once more, each turn at the commit that it was at, in a checkout that is removed
 * afterwards. Commands and `finish` are not run: what they gave is taken from the record.
 */
export async function replayTools(home: string, mirror: string, record: ReplayRecord): Promise<Tools> {
  const { baseSha } = record.run
  if (baseSha === null) return toolsNotRun(record, 'The run came to no commit.')
  // As a run's: what a killed replay leaves goes with the checkouts of runs that nobody knows.
  const id = randomUUID()
  const folder = join(home, 'worktrees', id)
  const worktree: Worktree = {
    mirror,
    root: join(folder, 'files'),
    runId: id,
    branch: `${REPLAY_BRANCHES}${id}`,
    baseSha,
  }
  try {
    // Before its refs: those without it are taken for a dead replay's.
    await mkdir(folder, { recursive: true })
    await createWorktree(worktree)
    return await runAll(worktree, record)
  } catch (error) {
    if (!(error instanceof AppError && error.code === 'not_found')) throw error
    return toolsNotRun(record, error.message)
  } finally {
    await removeWorktree(worktree)
    await removeRefs(mirror, [`refs/heads/${worktree.branch}`, `refs/devpilot/runs/${id}`])
    await rm(folder, { recursive: true, force: true })
  }
}

/** What a replay says of tools that could not be run at all. */
export function toolsNotRun({ beads }: ReplayRecord, note: string): Tools {
  const calls = beads.flatMap(({ turns }) => turns.flatMap((turn) => turn.toolCalls))
  return { ran: 0, same: 0, left: calls.length, note, partings: [] }
}

async function removeRefs(mirror: string, places: readonly string[]): Promise<void> {
  const listed = await gitText(['for-each-ref', '--format=%(refname)', ...places], { gitDir: mirror })
  const commands = listed.split('\n').filter((name) => name !== '')
  if (commands.length === 0) return
  const input = commands.map((name) => `delete ${name}\n`).join('')
  await git(['update-ref', '--stdin'], { gitDir: mirror, input })
}

async function runAll(worktree: Worktree, { beads }: ReplayRecord): Promise<Tools> {
  const workspace = openWorkspace({ worktree, scope: null })
  const reading = readTools(workspace)
  const writing = writeTools(workspace)
  let [ran, same, left] = [0, 0, 0]
  let note: string | null = null
  const partings: ReplayParting[] = []
  for (const { bead, turns } of beads) {
    let head = bead.baseSha ?? worktree.baseSha
    for (const turn of turns) {
      const again = callsAgain(turn, reading, writing)
      const gone = again.length === 0 ? null : await restored(worktree, head)
      note ??= gone
      const runs = gone === null ? again : []
      left += turn.toolCalls.length - runs.length
      for (const { call, was } of runs) {
        const result = await runTool([...reading, ...writing], call)
        const [then, now] = [was, result.content].map((text) => normalise(redact(text)))
        ran += 1
        if (then === now) same += 1
        else
          partings.push({
            bead: bead.seq,
            step: bead.step,
            turn: turn.seq,
            place: `the tool ${call.name}`,
            lines: lineDifference(then ?? '', now ?? ''),
          })
      }
      head = turn.headSha ?? head
    }
  }
  return { ran, same, left, note, partings }
}

/** Puts the checkout to a commit. @returns why not, where that commit is gone */
async function restored(worktree: Worktree, ref: string): Promise<string | null> {
  try {
    await restoreWorktree({ ...worktree, ref })
    return null
  } catch (error) {
    if (error instanceof AppError && error.code === 'not_found') return error.message
    throw error
  }
}

/** A write that was refused then is left out: the scope that refused it is not this checkout's. */
function callsAgain(
  { toolCalls, toolResults }: ReplayRecord['beads'][number]['turns'][number],
  reading: readonly Tool[],
  writing: readonly Tool[],
): { call: ToolCall; was: string }[] {
  const isOf = (tools: readonly Tool[], call: ToolCall) => tools.some((tool) => tool.name === call.name)
  return toolCalls.flatMap((call) => {
    const result = toolResults?.find((one) => one.toolCallId === call.id)
    if (!result) return []
    const again = isOf(reading, call) || (isOf(writing, call) && !result.isError)
    return again ? [{ call, was: result.content }] : []
  })
}
