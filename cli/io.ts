import { styleText } from 'node:util'

export type Tone = 'green' | 'red' | 'yellow' | 'blue' | 'magenta' | 'cyan' | 'gray' | 'bold' | 'dim'

/** Where a command writes: data on stdout, everything else on stderr. */
export interface Io {
  readonly json: boolean
  /** A person sits at both ends: only then may anything be asked. */
  readonly interactive: boolean
  /** Columns of the terminal that data goes to; where there is none, hardly anything is cut. */
  readonly columns: number
  /** Of the terminal that notes go to; 100 where there is none, as in a log of CI. */
  readonly noteColumns: number
  /** Data: one JSON document with --json, else text for people. */
  data(value: unknown, text: () => string): void
  /** One line of data as it comes: JSON lines with --json. */
  line(value: unknown, text: () => string): void
  /** Progress, hints, warnings. */
  note(text: string): void
  /** Paints text that goes to stdout, where that shows colours. */
  paint(tone: Tone, text: string): string
  /** Paints text that goes to stderr. */
  paintNote(tone: Tone, text: string): string
}

export function makeIo(options: { json: boolean }): Io {
  // The environment's variable of https://no-color.org, and `--no-color`, are both heard by hasColors().
  const shows = (stream: NodeJS.WriteStream) =>
    stream.isTTY === true && stream.hasColors?.() === true && !noColor()
  const paint = (tone: Tone, text: string, stream: NodeJS.WriteStream) =>
    shows(stream) ? styleText(tone, text, { validateStream: false }) : text
  const write = (value: unknown, text: () => string, indent: number) => {
    const body = options.json ? JSON.stringify(value, null, indent) : text()
    if (body !== '') process.stdout.write(`${body}\n`)
  }
  return {
    json: options.json,
    interactive: process.stdin.isTTY === true && process.stderr.isTTY === true,
    columns: process.stdout.columns ?? 1_000,
    noteColumns: process.stderr.columns ?? 100,
    data: (value, text) => write(value, text, 2),
    line: (value, text) => write(value, text, 0),
    note: (text) => process.stderr.write(`${text}\n`),
    paint: (tone, text) => paint(tone, text, process.stdout),
    paintNote: (tone, text) => paint(tone, text, process.stderr),
  }
}

function noColor(): boolean {
  return process.argv.includes('--no-color')
}
