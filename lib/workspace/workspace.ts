import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { EditInput, EditResult, Workspace } from '@/lib/agents/workspace'
import { checkScope } from '@/lib/core/scope'
import { AppError } from '@/lib/errors'
import { editText } from '@/lib/workspace/files/edit'
import { listPaths } from '@/lib/workspace/files/list'
import { cleanFilePath } from '@/lib/workspace/files/path'
import { readSlice, readText } from '@/lib/workspace/files/read'
import { removeInside, writeInside } from '@/lib/workspace/files/safe-fs'
import { searchFiles } from '@/lib/workspace/files/search'
import {
  type ChangedFile,
  changedAgainst,
  commitAll,
  diffAgainst,
  headSha,
} from '@/lib/workspace/git/changes'
import type { GitIdentity } from '@/lib/workspace/git/settings'
import type { Worktree } from '@/lib/workspace/git/worktree'

const maxTextBytes = 1_000_000

export interface OpenWorkspace {
  readonly worktree: Worktree
  /** Globs of the files that may be changed; null for no limit. */
  readonly scope?: readonly string[] | null
  readonly protectedPaths?: readonly string[]
  readonly identity?: GitIdentity
  /** Asked right before files or refs change. @throws AppError('lease_lost') when they are another worker's by now */
  readonly beforeWrite?: () => Promise<void>
  /** Ends the waiting for a lock of the mirror. */
  readonly signal?: AbortSignal
}

/** A run's workspace: the agents' view and what the steps need beside it. */
export interface RunWorkspace extends Workspace {
  readonly worktree: Worktree
  /** Files that differ from the base, whoever changed them (a command too), with the reason when one was not allowed. */
  changedFiles(): Promise<readonly (ChangedFile & { readonly refused: string | null })[]>
}

/**
 * The workspace over a worktree that `createWorktree` or `restoreWorktree` has made.
 * @throws AppError('not_found') when its folder is gone.
 */
export function openWorkspace(input: OpenWorkspace): RunWorkspace {
  const { worktree, identity, signal, beforeWrite = async () => {} } = input
  const { root } = worktree
  if (!existsSync(join(root, '.git'))) {
    throw new AppError('not_found', `The workspace ${root} is gone.`, {
      place: root,
      mend: 'Restore it from the last ref of its run.',
    })
  }
  const rules = { scope: input.scope ?? null, protectedPaths: input.protectedPaths ?? [] }
  const changeable = (path: string): string => {
    const clean = cleanFilePath(path)
    const refusal = checkScope({ path: clean, ...rules })
    if (refusal) throw new AppError('forbidden', refusal.reason, { place: clean })
    return clean
  }
  return {
    worktree,
    baseSha: worktree.baseSha,
    headSha: () => headSha(worktree),
    async listFiles({ under, limit }) {
      const paths = await listPaths(worktree, under)
      return { files: paths.slice(0, limit), total: paths.length }
    },
    readFile: async (slice) => readSlice(root, { ...slice, path: cleanFilePath(slice.path) }),
    search: (query) => searchFiles(worktree, query),
    async editFile(edit) {
      const path = changeable(edit.path)
      await beforeWrite()
      return edited(root, path, edit)
    },
    async writeFile({ path, content }) {
      const bytes = Buffer.from(content, 'utf8')
      if (bytes.length > maxTextBytes) {
        throw new AppError('too_large', `A file written at once may have ${maxTextBytes} bytes at most.`, {
          place: path,
          mend: 'Split it into several files.',
        })
      }
      const clean = changeable(path)
      await beforeWrite()
      writeInside(root, clean, bytes)
    },
    async deleteFile({ path }) {
      const clean = changeable(path)
      await beforeWrite()
      removeInside(root, clean)
    },
    diff: () => diffAgainst(worktree, worktree.baseSha),
    commit: (message) => commitAll(worktree, message, { identity, beforeWrite, signal }),
    async changedFiles() {
      const files = await changedAgainst(worktree, worktree.baseSha)
      return files.map((file) => ({ ...file, refused: refusalOf(file, rules) }))
    },
  }
}

interface Rules {
  readonly scope: readonly string[] | null
  readonly protectedPaths: readonly string[]
}

/** Both ends of a rename are changes. */
function refusalOf(file: ChangedFile, rules: Rules): string | null {
  const paths = file.from === undefined ? [file.path] : [file.path, file.from]
  for (const path of paths) {
    const refusal = checkScope({ path, ...rules })
    if (refusal) return refusal.reason
  }
  return null
}

function edited(root: string, path: string, edit: EditInput): EditResult {
  const file = readText(root, path, maxTextBytes)
  if (file.path !== path) {
    throw new AppError('forbidden', `\`${path}\` is, or goes through, a link to \`${file.path}\`.`, {
      place: path,
      mend: `Edit \`${file.path}\` itself.`,
    })
  }
  const { text, ...result } = editText(file.text, edit)
  writeInside(root, path, Buffer.from(text, 'utf8'))
  return result
}
