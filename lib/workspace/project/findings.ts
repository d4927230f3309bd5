import { z } from 'zod'
import type { Finding } from '@/lib/core/evidence'
import { parseJson } from '@/lib/workspace/project/runners/cases'
import { cleanMessage, relativeFile } from '@/lib/workspace/project/text'

/** The arguments that make a tool write what we read. Added at the end of its command. */
export const findingFlags: Readonly<Record<string, string>> = {
  eslint: '-f json',
  biome: '--reporter=json --colors=off',
  oxlint: '--format=json',
  ruff: '--output-format=json --no-cache',
  flake8: '--color=never',
  cargo: '--message-format=short --color=never',
  tsc: '--pretty false',
  mypy: '--no-pretty --no-color-output --no-error-summary --cache-dir=/tmp/mypy-cache',
  pyright: '--outputjson',
}

/** Findings in a tool's output; null when it could not be read as that tool's. */
export function readFindings(tool: string, stdout: string, stderr: string): readonly Finding[] | null {
  if (tool === 'eslint') return eslint(stdout)
  if (tool === 'ruff') return ruff(stdout)
  if (tool === 'pyright') return pyright(stdout)
  if (tool === 'biome' || tool === 'oxlint') return diagnostics(stdout)
  return lines(tool, `${stdout}\n${stderr}`)
}

function finding(
  file: string,
  line: number,
  rule: string,
  message: string,
  severity: Finding['severity'],
): Finding {
  return {
    file: relativeFile(file),
    line: Number.isFinite(line) && line > 0 ? Math.trunc(line) : 0,
    rule,
    message: cleanMessage(message),
    severity,
  }
}

/** The JSON value in an output that also holds a program's own lines. */
function jsonIn(text: string, open: '[' | '{'): unknown {
  const from = text.indexOf(open)
  const to = text.lastIndexOf(open === '[' ? ']' : '}')
  return from < 0 || to < from ? null : parseJson(text.slice(from, to + 1))
}

const eslintSchema = z.array(
  z.object({
    filePath: z.string(),
    messages: z.array(
      z.object({
        ruleId: z.string().nullish(),
        severity: z.number(),
        message: z.string(),
        line: z.number().nullish(),
      }),
    ),
  }),
)

function eslint(text: string): readonly Finding[] | null {
  const parsed = eslintSchema.safeParse(jsonIn(text, '['))
  if (!parsed.success) return null
  return parsed.data.flatMap((file) =>
    file.messages.map((one) =>
      finding(
        file.filePath,
        one.line ?? 0,
        one.ruleId ?? 'parse',
        one.message,
        one.severity === 2 ? 'error' : 'warning',
      ),
    ),
  )
}

const ruffSchema = z.array(
  z.object({
    filename: z.string(),
    code: z.string().nullish(),
    message: z.string(),
    location: z.object({ row: z.number() }).nullish(),
  }),
)

function ruff(text: string): readonly Finding[] | null {
  const parsed = ruffSchema.safeParse(jsonIn(text, '['))
  if (!parsed.success) return null
  return parsed.data.map((one) =>
    finding(one.filename, one.location?.row ?? 0, one.code ?? 'syntax', one.message, 'error'),
  )
}

const pyrightSchema = z.object({
  generalDiagnostics: z.array(
    z.object({
      file: z.string().default(''),
      severity: z.string(),
      message: z.string(),
      rule: z.string().default('error'),
      range: z.object({ start: z.object({ line: z.number() }) }).nullish(),
    }),
  ),
})

function pyright(text: string): readonly Finding[] | null {
  const parsed = pyrightSchema.safeParse(jsonIn(text, '{'))
  if (!parsed.success) return null
  return parsed.data.generalDiagnostics
    .filter((one) => one.severity === 'error' || one.severity === 'warning')
    .map((one) =>
      finding(
        one.file,
        (one.range?.start.line ?? -1) + 1,
        one.rule,
        one.message,
        one.severity === 'error' ? 'error' : 'warning',
      ),
    )
}

/** Biome's and oxlint's reports agree in their outer form; places are read where they are given. */
const diagnosticsSchema = z.object({
  diagnostics: z.array(
    z.object({
      severity: z.string().default('error'),
      message: z.unknown().optional(),
      description: z.string().optional(),
      category: z.string().optional(),
      code: z.string().optional(),
      filename: z.string().optional(),
      labels: z.array(z.object({ span: z.object({ line: z.number().optional() }).optional() })).optional(),
      location: z
        .object({
          path: z.union([z.string(), z.object({ file: z.string() })]).nullish(),
          start: z.object({ line: z.number() }).nullish(),
        })
        .optional(),
    }),
  ),
})

function diagnostics(text: string): readonly Finding[] | null {
  const parsed = diagnosticsSchema.safeParse(jsonIn(text, '{'))
  if (!parsed.success) return null
  return parsed.data.diagnostics.map((one) => {
    const place = one.location?.path
    const file = one.filename ?? (typeof place === 'string' ? place : (place?.file ?? ''))
    const line = one.labels?.[0]?.span?.line ?? one.location?.start?.line ?? 0
    const message = one.description ?? (typeof one.message === 'string' ? one.message : '')
    const severity = one.severity === 'error' || one.severity === 'fatal' ? 'error' : 'warning'
    return finding(file, line, one.code ?? one.category ?? 'lint', message, severity)
  })
}

/** `file:line[:column]: message` of flake8, go, golangci-lint, mypy and clippy; `file(line,column): error` of tsc. */
function lines(tool: string, text: string): readonly Finding[] {
  const found: Finding[] = []
  for (const line of cleanLines(text)) {
    const tsc =
      /^(.+?)\((\d+),\d+\): (error|warning) (TS\d+): (.*)$/.exec(line) ??
      /^()()(error) (TS\d+): (.*)$/.exec(line)
    if (tsc !== null) {
      found.push(
        finding(
          tsc[1] ?? '',
          Number(tsc[2]),
          tsc[4] ?? '',
          tsc[5] ?? '',
          tsc[3] === 'warning' ? 'warning' : 'error',
        ),
      )
      continue
    }
    const colon = /^(?:vet: )?((?:\.{0,2}\/)?[^\s:][^:]*\.\w+):(\d+)(?::(\d+))?:\s+(.*)$/.exec(line)
    if (colon === null) continue
    const { rule, message, severity } = ruleOf(tool, colon[4] ?? '')
    if (severity !== null) found.push(finding(colon[1] ?? '', Number(colon[2]), rule, message, severity))
  }
  return found
}

function cleanLines(text: string): readonly string[] {
  return text.split('\n').map((line) => line.replace(/\x1b\[[0-9;]*m/g, '').trimEnd())
}

function ruleOf(
  tool: string,
  text: string,
): { rule: string; message: string; severity: Finding['severity'] | null } {
  const mypy = /^(error|note): (.*?)(?:\s+\[([\w-]+)\])?$/.exec(text)
  if (tool === 'mypy' && mypy !== null) {
    return { rule: mypy[3] ?? 'mypy', message: mypy[2] ?? '', severity: mypy[1] === 'error' ? 'error' : null }
  }
  const rustc = /^(error|warning)(?:\[(\w+)\])?: (.*)$/.exec(text)
  if (rustc !== null) {
    return {
      rule: rustc[2] ?? tool,
      message: rustc[3] ?? '',
      severity: rustc[1] === 'warning' ? 'warning' : 'error',
    }
  }
  const flake8 = /^([A-Z]+\d+) (.*)$/.exec(text)
  if (flake8 !== null) return { rule: flake8[1] ?? '', message: flake8[2] ?? '', severity: 'error' }
  const golangci = /^(.*) \(([\w-]+)\)$/.exec(text)
  if (tool === 'golangci-lint' && golangci !== null) {
    return { rule: golangci[2] ?? '', message: golangci[1] ?? '', severity: 'error' }
  }
  return { rule: tool, message: text, severity: 'error' }
}
