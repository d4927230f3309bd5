import { type Document, isMap, isNode, isPair, LineCounter, parseDocument } from 'yaml'
import { type Config, configSchema, flowProblems } from '@/lib/core/config'
import type { ConfigProblem } from '@/lib/core/config-problem'
import { AppError } from '@/lib/errors'
import { cronProblem, zoneProblem } from '@/lib/workspace/config/cron'
import { describeIssues, type Problem } from '@/lib/workspace/config/problems'

const MAX_BYTES = 256 * 1024
/** Aliases written out may make a small file huge; a configuration needs a few at most. */
const MAX_ALIASES = 100
const MAX_SHOWN = 20

/**
 * Reads devpilot.yaml. An empty text is a valid one.
 * @param fileName as the reader knows it; stands before line and column
 * @throws AppError('bad_config') that says every problem at once, each with `file:line:column`, key path and mend.
 */
export function parseConfig(text: string, fileName = 'devpilot.yaml'): Config {
  const bytes = Buffer.byteLength(text)
  if (bytes > MAX_BYTES) {
    throw new AppError('bad_config', `${fileName} is ${Math.ceil(bytes / 1024)} KB, over 256 KB.`, {
      place: fileName,
      mend: 'A configuration is a page or two: remove what does not belong there.',
    })
  }
  const read = readConfig(text)
  if ('config' in read) return read.config
  throw failure(read.problems, fileName)
}

/** The configuration, or everything that is wrong with it, in the order of its lines. @param text at most 256 KB */
export function readConfig(
  text: string,
): { readonly config: Config } | { readonly problems: readonly ConfigProblem[] } {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, strict: true, uniqueKeys: true, version: '1.2' })
  const syntax = document.errors.map(
    (error): Problem => ({ offset: error.pos[0], path: [], message: syntaxMessage(error, text) }),
  )
  if (syntax.length > 0) return { problems: placed(syntax, lines) }
  const problems: Problem[] = []
  const value = plainValue(document, problems)
  if (problems.length > 0) return { problems: placed(problems, lines) }
  const parsed = configSchema.safeParse(value ?? {}, { reportInput: true })
  if (!parsed.success)
    return { problems: placed(locate(describeIssues(parsed.error.issues), document), lines) }
  const flows = flowProblems(parsed.data).map((error) => ({
    path: pathOf(error.place ?? ''),
    message: [error.message, error.mend].join(' '),
  }))
  const others = [...flows, ...duplicateGates(parsed.data), ...scheduleProblems(parsed.data)]
  if (others.length > 0) return { problems: placed(locate(others, document), lines) }
  return { config: parsed.data }
}

function scheduleProblems({ pipeline }: Config): Problem[] {
  return pipeline.triggers.flatMap(({ cron, time_zone: zone }, index) => {
    const said = { cron: cron ? cronProblem(cron) : null, time_zone: zone ? zoneProblem(zone) : null }
    return Object.entries(said).flatMap(([key, message]) =>
      message === null ? [] : [{ path: ['pipeline', 'triggers', index, key], message }],
    )
  })
}

function syntaxMessage(
  error: { code: string; message: string; pos: [number, number] },
  text: string,
): string {
  const first = error.message.split('\n')[0] ?? ''
  const plain = first.replace(/ at line \d+, column \d+:?$/, '')
  if (error.code === 'TAB_AS_INDENT' || text[error.pos[0]] === '\t') {
    return 'A tab: YAML is indented with spaces. Replace the tab by two spaces.'
  }
  if (error.code === 'DUPLICATE_KEY') return 'This key stands here twice. Keep one of them.'
  return `${plain}.`.replace(/\.\.$/, '.')
}

/** The document as plain data; a bomb of aliases and an unknown alias are problems, not exceptions. */
function plainValue(document: Document.Parsed, problems: Problem[]): unknown {
  try {
    return document.toJS({ maxAliasCount: MAX_ALIASES })
  } catch (error) {
    if (!(error instanceof ReferenceError)) throw error
    const many = /excessive alias/i.test(error.message)
    const message = many ? `More than ${MAX_ALIASES} aliases. Write the values out.` : `${error.message}.`
    problems.push({ path: [], message })
    return undefined
  }
}

function duplicateGates(config: Config): Problem[] {
  const ids = (config.supervision.gates ?? []).map((gate) => gate.id)
  return ids.flatMap((id, index) =>
    ids.indexOf(id) === index
      ? []
      : [
          {
            path: ['supervision', 'gates', index, 'id'],
            message: `Gate "${id}" is defined twice. Give each an id of its own.`,
          },
        ],
  )
}

/** `pipeline.triggers[1].flow[0]` as the keys that lead there. */
function pathOf(place: string): (string | number)[] {
  return place
    .split(/\.|(?=\[)/)
    .map((part) => (part.startsWith('[') ? Number(part.slice(1, -1)) : part))
    .filter((part) => part !== '')
}

function locate(problems: readonly Problem[], document: Document.Parsed): Problem[] {
  return problems.map((problem) => ({ ...problem, offset: offsetOf(document, problem) }))
}

/** Where a path stands in the text: its key where the key is at fault, else its value, else its nearest parent. */
function offsetOf(document: Document.Parsed, problem: Problem): number {
  const { path } = problem
  const parent = path.length > 1 ? document.getIn(path.slice(0, -1), true) : document.contents
  const last = path.at(-1)
  if (problem.atKey && isMap(parent)) {
    const pair = parent.items.find((item) => isPair(item) && isNode(item.key) && String(item.key) === last)
    if (pair && isNode(pair.key) && pair.key.range) return pair.key.range[0]
  }
  for (let length = path.length; length > 0; length -= 1) {
    const node = document.getIn(path.slice(0, length), true)
    if (isNode(node) && node.range) return node.range[0]
  }
  return 0
}

/** Problems with line, column and key, in the order of the text. */
function placed(problems: readonly Problem[], lines: LineCounter): ConfigProblem[] {
  return problems
    .map(({ offset, path, message }) => {
      const { line, col } = lines.linePos(offset ?? 0)
      const key = path.reduce<string>(
        (text, part) => (typeof part === 'number' ? `${text}[${part}]` : text ? `${text}.${part}` : part),
        '',
      )
      return { line: Math.max(1, line), column: Math.max(1, col), key, message }
    })
    .sort((a, b) => a.line - b.line || a.column - b.column)
}

function failure(problems: readonly ConfigProblem[], fileName: string): AppError {
  const said = problems.map(
    ({ line, column, key, message }) => `${fileName}:${line}:${column} ${key ? `${key}: ` : ''}${message}`,
  )
  const first = said[0]?.split(' ')[0] ?? fileName
  const more = said.length > MAX_SHOWN ? [`… and ${said.length - MAX_SHOWN} more`] : []
  const list = [...said.slice(0, MAX_SHOWN), ...more].join('\n  ')
  return new AppError('bad_config', `${fileName} is not valid:\n  ${list}`, {
    place: first,
    mend: 'Correct these lines; `devpilot init --force` writes a fresh file.',
  })
}
