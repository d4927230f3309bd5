import { constants } from 'node:fs'
import { open, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { parse } from 'yaml'
import { z } from 'zod'
import { AppError } from '@/lib/errors'
import type { ForgeIssue } from '../forge'

const folderOf = (repository: string) => join(repository, '.devpilot', 'issues')
const maxBytes = 1_000_000

const headSchema = z.object({
  title: z.string().optional(),
  author: z.string().optional(),
  labels: z.array(z.string()).default([]),
})

/** The highest number of an issue file: pull requests are numbered after them, so that a number means one thing. */
export async function highestIssue(repository: string): Promise<number> {
  const names = await readdir(folderOf(repository)).catch(() => [])
  return Math.max(0, ...names.map((name) => Number(/^(\d{1,9})\.md$/.exec(name)?.[1] ?? 0)))
}

/** Text of a file, or null when it is not there; a link is not followed, it could point at any file of the machine. */
async function readText(path: string): Promise<string | null> {
  let file: Awaited<ReturnType<typeof open>>
  try {
    file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code === 'ENOENT' || code === 'ENOTDIR') return null
    throw new AppError('bad_request', `${path} is not a file that can be read (${String(code)}).`, {
      place: path,
      mend: 'Put the issue there as a plain text file, not as a link.',
      cause: error,
    })
  }
  try {
    const { size } = await file.stat()
    if (size <= maxBytes) return await file.readFile('utf8')
    throw new AppError('too_large', `${path} has ${size} bytes; ${maxBytes} is the most.`, {
      place: path,
      mend: 'Shorten the issue to what the change needs.',
    })
  } finally {
    await file.close()
  }
}

/**
 * An issue from `.devpilot/issues/<number>.md`: YAML front matter (title, author, labels) if any, then Markdown,
 * whose first heading is the title when the front matter has none.
 */
export async function readIssue(repository: string, number: number): Promise<ForgeIssue> {
  const path = join(folderOf(repository), `${number}.md`)
  const text = await readText(path)
  if (text === null) {
    throw new AppError('not_found', `There is no issue ${number}: ${path} does not exist.`, {
      place: path,
      mend: 'Write it there, or give the task in words.',
    })
  }
  const parts = /^---\n([\s\S]*?)\n---\n?([\s\S]*)$/.exec(
    text.replaceAll('\r\n', '\n').replace(/^\uFEFF/, ''),
  )
  const head = readHead(parts?.[1], path)
  const body = (parts?.[2] ?? text).trim()
  const heading = /^#+\s+(.+)$/m.exec(body)?.[1]?.trim()
  return {
    number,
    title: head.title ?? heading ?? `Issue ${number}`,
    body,
    labels: head.labels,
    url: `file://${encodeURI(path)}`,
    author: head.author ?? 'local',
    comments: [],
  }
}

function readHead(yaml: string | undefined, path: string): z.infer<typeof headSchema> {
  if (yaml === undefined) return { labels: [] }
  try {
    return headSchema.parse(parse(yaml) ?? {})
  } catch (error) {
    throw new AppError(
      'bad_request',
      `The head of ${path} is not valid YAML with title, author and labels.`,
      {
        place: path,
        mend: 'For example:\n---\ntitle: What is wrong\nlabels: [bug]\n---',
        cause: error,
      },
    )
  }
}
