import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { packageRoot } from '@/lib/root'

/** Lightness 0 to 1, chroma, hue in degrees. */
interface Oklch {
  readonly l: number
  readonly c: number
  readonly h: number
}
/** Linear light, 0 to 1 each. */
type Rgb = readonly [red: number, green: number, blue: number]
export type Theme = 'light' | 'dark'

const token = /--([\w-]+):\s*light-dark\(\s*oklch\(([^)/]+)\)\s*,\s*oklch\(([^)/]+)\)\s*\)/g

/** The opaque tokens of app/globals.css, by name. */
export function readTokens(): ReadonlyMap<string, Readonly<Record<Theme, Oklch>>> {
  const css = readFileSync(join(packageRoot(), 'app', 'globals.css'), 'utf8')
  const of = (text: string): Oklch => {
    const [l = Number.NaN, c = Number.NaN, h = Number.NaN] = text.trim().split(/\s+/).map(Number)
    return { l, c, h }
  }
  return new Map(
    [...css.matchAll(token)].map(([, name = '', light = '', dark = '']) => [
      name,
      { light: of(light), dark: of(dark) },
    ]),
  )
}

type Lab = readonly [l: number, a: number, b: number]

const toLab = ({ l, c, h }: Oklch): Lab => {
  const angle = (h * Math.PI) / 180
  return [l, c * Math.cos(angle), c * Math.sin(angle)]
}

/** Björn Ottosson's OKLab to linear sRGB, cut to what a screen can show. */
function toRgb([l, a, b]: Lab): Rgb {
  const long = (l + 0.3963377774 * a + 0.2158037573 * b) ** 3
  const medium = (l - 0.1055613458 * a - 0.0638541728 * b) ** 3
  const short = (l - 0.0894841775 * a - 1.291485548 * b) ** 3
  const cut = (value: number): number => Math.min(1, Math.max(0, value))
  return [
    cut(4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short),
    cut(-1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short),
    cut(-0.0041960863 * long - 0.7034186147 * medium + 1.707614701 * short),
  ]
}

const encode = (value: number): number =>
  value <= 0.0031308 ? 12.92 * value : 1.055 * value ** (1 / 2.4) - 0.055
const decode = (value: number): number =>
  value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4

/** A colour laid over another, as a browser does it: in gamma-encoded sRGB. */
export function over(top: Rgb, alpha: number, below: Rgb): Rgb {
  const mix = (index: 0 | 1 | 2): number =>
    decode(encode(top[index]) * alpha + encode(below[index]) * (1 - alpha))
  return [mix(0), mix(1), mix(2)]
}

export function rgb(color: Oklch): Rgb {
  return toRgb(toLab(color))
}

export const white: Rgb = [1, 1, 1]

/** WCAG 2's contrast of two colours, 1 to 21. */
export function contrast(a: Rgb, b: Rgb): number {
  const light = ([red, green, blue]: Rgb): number => 0.2126 * red + 0.7152 * green + 0.0722 * blue
  const [high, low] = [light(a), light(b)].sort((x, y) => y - x) as [number, number]
  return (high + 0.05) / (low + 0.05)
}
