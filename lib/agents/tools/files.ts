import { z } from 'zod'
import { defineTool, type Tool } from '../tool'
import type { Workspace } from '../workspace'

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
        return numbered(slice.content, slice.fromLine, slice.toLine, slice.totalLines)
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
        const lines = hits.map((hit) => `${hit.path}:${hit.line}: ${hit.text.trim().slice(0, 300)}`)
        return (
          lines.join('\n') + (hits.length === MAX_HITS ? `\n… the first ${MAX_HITS}; narrow the search.` : '')
        )
      },
    }),
    defineTool({
      name: 'git_diff',
      parameters: z.strictObject({}),
      run: async () => {
        const diff = await workspace.diff()
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

function numbered(content: string, from: number, to: number, total: number): string {
  const lines = content.replace(/\n$/, '').split('\n')
  const text = lines.map((line, i) => `${from + i}\t${line}`).join('\n')
  return to < total
    ? `${text}\n… lines ${from} to ${to} of ${total}; read on with from_line ${to + 1}.`
    : text
}
