import { execFileSync } from 'node:child_process'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { command as completion } from '@/cli/commands/completion'
import { bashScript, type CommandTree, fishScript, zshScript } from '@/cli/completion-scripts'
import { eventLine } from '@/cli/event-line'
import { reportError } from '@/cli/failure'
import { helpFileText, helpTexts } from '@/cli/help'
import { problem } from '@/cli/http-api'
import type { Io } from '@/cli/io'
import { ago, lasted, plain, short, table } from '@/cli/text'
import { nearest } from '@/lib/core/nearest'
import { AppError, type ErrorCode } from '@/lib/errors'
import { packageFile } from '@/lib/root'
import { inputMends } from '@/lib/services/parse'
import type { RunEvent } from '@/lib/services/views'
import { removed, temporaryFolder } from '../support/cli'

function memoryIo(json = false): Io & { readonly notes: string[]; readonly written: string[] } {
  const notes: string[] = []
  const written: string[] = []
  const write = (value: unknown, text: () => string) => {
    written.push(json ? JSON.stringify(value) : text())
  }
  return {
    json,
    interactive: false,
    columns: 100,
    noteColumns: 100,
    data: write,
    line: write,
    note: (text) => notes.push(text),
    paint: (_tone, text) => text,
    paintNote: (_tone, text) => text,
    notes,
    written,
  }
}

describe('errors', () => {
  it.each([
    ['unauthorized', 4],
    ['cancelled', 2],
    ['bad_config', 1],
    ['internal', 1],
  ] as const)('%s ends with %d', (code: ErrorCode, exit) => {
    expect(reportError(new AppError(code, 'It broke.'), memoryIo())).toBe(exit)
  })

  it('say what, where and the mend', () => {
    const io = memoryIo()
    reportError(new AppError('bad_config', 'It broke.', { place: 'a.yaml:1:2', mend: 'Mend it.' }), io)
    expect(io.notes.join('\n')).toBe('error: It broke.\n  where: a.yaml:1:2\n  mend:  Mend it.')
  })

  it('about fields of a service name the flags', () => {
    const io = memoryIo()
    const message = 'turn: 0 is less than 1; name: nothing stands there; budgetUsd: is not a number'
    for (const mend of [...Object.values(inputMends), 'Give `at`, too; `owner` may.'])
      reportError(new AppError('bad_request', message, { place: 'turn', mend }), io)
    const said = 'error: --turn: 0 is less than 1; name: nothing stands there; --budget: is not a number'
    const help = `${said}\n  mend:  See \`--help\` of this command.`
    expect(io.notes).toEqual([help, help, `${said}\n  mend:  Give --at, too; \`owner\` may.`])
  })

  it.each([
    ['unavailable', {}],
    ['internal', { mend: 'Start it.' }],
    ['internal', { transient: true }],
  ] as const)('foreseen (%s %j) are no fault of DevPilot', (code, details) => {
    const io = memoryIo()
    reportError(new AppError(code, 'It is away.', details), io)
    expect(io.notes.join('\n')).not.toContain('fault of DevPilot')
  })

  it('that nobody foresaw say where in the program they come from', () => {
    const io = memoryIo()
    reportError(new TypeError('x is not a function'), io)
    expect(io.notes.join('\n')).toMatch(/ {4}at .*cli\.test[\s\S]*fault of DevPilot/)
  })

  it('of a server keep their code, and are internal where they are none of ours', () => {
    const known = problem(
      409,
      JSON.stringify({ code: 'stale_evidence', detail: 'Changed.', mend: 'Look.' }),
      'http://x',
    )
    expect([known.code, known.message, known.mend]).toEqual(['stale_evidence', 'Changed.', 'Look.'])
    expect(problem(502, '<html>bad gateway</html>', 'http://x').code).toBe('internal')
    expect(problem(400, JSON.stringify({ code: 'toString', detail: 'x' }), 'http://x').code).toBe('internal')
    expect(problem(401, '', 'http://x').code).toBe('unauthorized')
  })
})

describe('text', () => {
  it('shows control characters of untrusted text and obeys none', () => {
    expect(plain('a\u001b[31mred\u0007\u009b2J')).toBe('a␛[31mred␇\uFFFD2J')
    expect(short('one\n two\tthree', 9)).toBe('one two …')
  })

  it('pads columns by what is seen', () => {
    expect(
      table([
        ['a', 'b'],
        ['\u001b[31mlong\u001b[39m', 'c'],
      ]),
    ).toBe('a     b\n\u001b[31mlong\u001b[39m  c')
  })

  it('tells times', () => {
    const at = '2026-01-01T00:00:00.000Z'
    expect(lasted(at, '2026-01-01T00:03:12.000Z')).toBe('3m 12s')
    expect(lasted(null, null)).toBe('-')
    expect(ago(at, Date.parse(at) + 3 * 3600_000)).toBe('3h ago')
  })

  it('prints no escape sequence that a model or a command put into an event', () => {
    const event: RunEvent = {
      id: 1,
      runId: '00000000-0000-7000-8000-000000000000',
      beadId: null,
      at: '2026-01-01T00:00:00.000Z',
      kind: 'tool',
      data: { tool: 'run_command', call: '\u001b]0;owned\u0007', isError: false },
    }
    expect(eventLine(event, (_tone, text) => text, 80)).not.toMatch(/[\u001b\u0007]/)
  })
})

describe('nearest', () => {
  it.each([
    ['revewer', 'reviewer'],
    ['maxiterations', 'max_iterations'],
    ['CODER', 'coder'],
    ['zebra', null],
    ['', null],
  ])('%j is %j', (typed, expected) => {
    expect(nearest(typed, ['coder', 'reviewer', 'max_iterations'])).toBe(expected)
  })
})

describe('help', () => {
  it('cli/help.json is fresh', () => {
    expect(packageFile('cli/help.json'), 'Run `npm run schema`.').toBe(helpFileText())
  })

  it('names every command of the program, and examples', () => {
    const texts = helpTexts()
    for (const name of 'init run agent scaffold tests refactor status runs logs gate audit worker migrate doctor demo completion'.split(
      ' ',
    )) {
      expect(texts[''], name).toMatch(new RegExp(`^  ${name}\\b`, 'm'))
      expect(texts[name]).toContain(`Usage: devpilot ${name}`)
    }
    expect(texts['']).toContain('Examples:')
  })
})

describe('help of runs', () => {
  it('names what `devpilot runs` takes without a command', () => {
    for (const flag of ['--dead', '--requeue', '--status']) expect(helpTexts().runs).toContain(flag)
  })
})

describe('completion', () => {
  const tree: CommandTree = {
    name: 'devpilot',
    summary: '',
    flags: [],
    commands: [{ name: 'gate', summary: "a gate's", flags: [{ flag: '--id', summary: 'id' }], commands: [] }],
  }

  it('bash completes commands, then what belongs to them', async () => {
    const io = memoryIo()
    await completion({ args: ['bash'], options: {}, io })
    const folder = temporaryFolder()
    const path = join(folder, 'completion.bash')
    writeFileSync(path, io.written.join(''))
    execFileSync('bash', ['-n', path])
    const complete = (...words: string[]) =>
      execFileSync('bash', [
        '-c',
        `source ${path}; COMP_WORDS=(devpilot "$@"); COMP_CWORD=$#; _devpilot; echo "\${COMPREPLY[@]}"`,
        'bash',
        ...words,
      ])
        .toString()
        .trim()
        .split(' ')
    expect(complete('ga')).toEqual(['gate'])
    expect(complete('gate', 'a')).toEqual(['approve'])
    expect(complete('gate', 'approve', '--y')).toEqual(['--yes'])
    removed(folder)
  })

  it.each([
    ['zsh', zshScript],
    ['fish', fishScript],
    ['bash', bashScript],
  ] as const)('%s parses', (shell, script) => {
    const text = script(tree)
    expect(text).toContain('gate')
    const program = [`/bin/${shell}`, `/usr/bin/${shell}`].find((path) => existsSync(path))
    if (program) execFileSync(program, ['-n'], { input: text })
    else process.stdout.write(`${shell} is not on this machine: its script was written but not parsed\n`)
  })
})
