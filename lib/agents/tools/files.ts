import { z } from 'zod'
import { defineTool, type Tool } from '../tool'
import type { FileSlice, Workspace } from '../workspace'

const path = z.string().min(1).max(1_000)
const MAX_LINES = 600
const MAX_HITS = 80
const MAX_FILES = 400
const MAX_DIFF = 60_000

/** Tools that read: files, searches and the change so far. */
export function readTools(workspace: Workspace): Tool[] {
  return [
    defineTool({
      name: 'list_files',
      parameters: z.strictObject({ under: path.optional() }),
      run: async ({ under }) => {
        const { files, total } = await workspace.listFiles({ ...(under ? { under } : {}), limit: MAX_FILES })
        const more =
          total > files.length ? `\n… ${total - files.length} more; name a folder with "under".` : ''
        return files.length === 0 ? 'No files.' : files.join('\n') + more
      },
    }),
    defineTool({
      name: 'read_file',
      parameters: z.strictObject({
        path,
        from_line: z.int().min(1).optional(),
        to_line: z.int().min(1).optional(),
      }),
      run: async ({ path: file, from_line: from = 1, to_line: to }) => {
        const slice = await workspace.readFile({
          path: file,
          fromLine: from,
          toLine: Math.min(to ?? from + MAX_LINES - 1, from + MAX_LINES - 1),
        })
        return numbered(slice, to !== undefined && to <= slice.toLine)
      },
    }),
    defineTool({
      name: 'search_code',
      parameters: z.strictObject({
        query: z.string().min(1).max(500),
        regex: z.boolean().default(false),
        under: path.optional(),
      }),
      run: async ({ query, regex, under }) => {
        const hits = await workspace.search({ query, regex, ...(under ? { under } : {}), limit: MAX_HITS })
        if (hits.length === 0) return 'Nothing found.'
        const lines = hits.map((hit) => `${hit.path}:${hit.line}: ${hit.text.trimEnd().slice(0, 300)}`)
        return (
          lines.join('\n') + (hits.length === MAX_HITS ? `\n… the first ${MAX_HITS}; narrow the search.` : '')
        )
      },
    }),
    defineTool({
      name: 'git_diff',
      parameters: z.strictObject({}),
      run: async () => {
        const diff = withoutBlobs(await workspace.diff())
        if (diff === '') return 'Nothing has changed.'
        return diff.length > MAX_DIFF
          ? `${diff.slice(0, MAX_DIFF)}\n… cut at ${MAX_DIFF} of ${diff.length} characters.`
          : diff
      },
    }),
  ]
}

/** Tools that change files; what may be changed is the workspace's to decide. */
export function writeTools(workspace: Workspace): Tool[] {
  return [
    defineTool({
      name: 'edit_file',
      parameters: z.strictObject({
        path,
        old_text: z.string().min(1),
        new_text: z.string(),
        all: z.boolean().default(false),
      }),
      run: async ({ path: file, old_text: oldText, new_text: newText, all }) => {
        const { replaced, matched, line } = await workspace.editFile({ path: file, oldText, newText, all })
        const how = matched === 'exact' ? '' : ' (white space differed and was kept as in the file)'
        return `Replaced ${replaced} place${replaced === 1 ? '' : 's'} in ${file}, from line ${line}${how}.`
      },
    }),
    defineTool({
      name: 'write_file',
      parameters: z.strictObject({ path, content: z.string() }),
      run: async ({ path: file, content }) => {
        await workspace.writeFile({ path: file, content })
        return `Wrote ${file}, ${content.split('\n').length} lines.`
      },
    }),
    defineTool({
      name: 'delete_file',
      parameters: z.strictObject({ path }),
      run: async ({ path: file }) => {
        await workspace.deleteFile({ path: file })
        return `Deleted ${file}.`
      },
    }),
  ]
}

/** A diff without the ids of its blobs, which tell a model nothing. */
export function withoutBlobs(diff: string): string {
  return diff.replaceAll(/^index [0-9a-f]+\.\.[0-9a-f]+(?: \d+)?\n/gm, '')
}

/** Lines with their numbers; what is left is told unless just this much was asked for. */
function numbered({ content, fromLine, toLine, totalLines }: FileSlice, asAsked: boolean): string {
  const lines = content.replace(/\n$/, '').split('\n')
  const text = lines.map((line, i) => `${fromLine + i}\t${line}`).join('\n')
  if (toLine >= totalLines || asAsked) return text
  return `${text}\n… lines ${fromLine} to ${toLine} of ${totalLines}; read on with from_line ${toLine + 1}.`
}
