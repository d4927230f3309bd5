import Anser from 'anser'
import { visible } from '@/lib/core/visible'

/** A piece of a line that looks the same throughout. */
export interface Span {
  readonly text: string
  /** Our own class names alone: nothing of the line gets into the page but as text. */
  readonly className: string
}

/** Of a line no more than this is looked at. */
export const MOST_SHOWN = 100_000

const strings =
  /(?:\u001b[\]PX^_]|[\u009d\u0090\u0098\u009e\u009f])[^\u0007\u001b\u009c]*(?:\u0007|\u001b\\|\u009c)/g
const sequences = /(?:\u001b\[|\u009b)[0-?]*[ -/]*[@-~]/g
const shortOnes = /\u001b[ -/]*[0-Z\\^-~]/g

/**
 * A line without what a terminal would obey and a page must not: titles, links, clipboards (OSC and its kin, with all
 * that is in them), cursor movement, clearing. Colours stay. A sequence that has no end hides nothing: its escape is
 * shown, and what follows it.
 */
export function withoutCommands(line: string): string {
  if (!/[\u001b\u0080-\u009f]/.test(line)) return line
  return line
    .replace(strings, '')
    .replace(sequences, (sequence) => (sequence.endsWith('m') ? sequence : ''))
    .replace(shortOnes, '')
}

/** A line as spans of text. Colours are ours of the same name, so that they can be read on light and on dark. */
export function toSpans(line: string): readonly Span[] {
  const text = withoutCommands(line.slice(0, MOST_SHOWN))
  if (!text.includes('\u001b[')) return [{ text: shown(text), className: '' }]
  return Anser.ansiToJson(text, { json: true, remove_empty: true, use_classes: true })
    .map((entry) => ({ text: shown(entry.content), className: classOf(entry) }))
    .filter((span) => span.text !== '')
}

/** A carriage return would write over what stands before it; here both are seen. */
const shown = (text: string): string => visible(text.replaceAll('\r', '␍'))

const names: Readonly<Record<string, string>> = {
  black: 'text-faint',
  red: 'text-red',
  green: 'text-green',
  yellow: 'text-amber',
  blue: 'text-blue',
  magenta: 'text-violet',
  cyan: 'text-tester',
  white: 'text-ink',
}

const decorations: Readonly<Record<string, string>> = {
  bold: 'font-semibold',
  dim: 'opacity-80',
  italic: 'italic',
  underline: 'underline',
  strikethrough: 'line-through',
  reverse: 'bg-raised',
}

function classOf(entry: Anser.AnserJsonEntry): string {
  const { fg, bg, fg_truecolor: rgb } = entry
  const classes = entry.decorations.map((name) => decorations[name] ?? '')
  if (fg) classes.push(colour(fg, rgb))
  if (bg) classes.push('bg-raised')
  return classes.filter((name) => name !== '').join(' ')
}

function colour(fg: string, rgb: string | null): string {
  const plain = names[fg.replace(/^ansi-(bright-)?/, '')]
  if (plain) return plain
  const palette = /^ansi-palette-(\d{1,3})$/.exec(fg)?.[1]
  if (palette !== undefined) return nearest(paletteRgb(Number(palette)))
  const [red = 0, green = 0, blue = 0] = (rgb ?? '').split(',').map(Number)
  return nearest([red, green, blue])
}

type Rgb = readonly [number, number, number]

/** A colour of the 256: a cube of 6 by 6 by 6, then greys. The first 16 have names. */
function paletteRgb(index: number): Rgb {
  if (index >= 232) return [128, 128, 128]
  const at = index - 16
  const level = (step: number): number => (step === 0 ? 0 : 55 + step * 40)
  return [level(Math.floor(at / 36) % 6), level(Math.floor(at / 6) % 6), level(at % 6)]
}

const hues: readonly (readonly [below: number, className: string])[] = [
  [20, 'text-red'],
  [45, 'text-orange'],
  [75, 'text-amber'],
  [165, 'text-green'],
  [200, 'text-tester'],
  [255, 'text-blue'],
  [320, 'text-violet'],
  [361, 'text-red'],
]

/** Our colour of about the same hue; greys have none. */
function nearest([red, green, blue]: Rgb): string {
  const most = Math.max(red, green, blue)
  const spread = most - Math.min(red, green, blue)
  if (!(spread > 40)) return ''
  const sixth =
    most === red
      ? (green - blue) / spread
      : most === green
        ? 2 + (blue - red) / spread
        : 4 + (red - green) / spread
  const hue = (sixth * 60 + 360) % 360
  return hues.find(([below]) => hue < below)?.[1] ?? ''
}
