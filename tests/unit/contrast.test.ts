import { describe, expect, test } from 'vitest'
import { areaClass, inputClass } from '@/components/ui/field'
import { contrast, over, readTokens, rgb, type Theme, white } from '../support/contrast'

const tokens = readTokens()
const of = (name: string, theme: Theme) => rgb(tokens.get(name)?.[theme] ?? expect.fail(`no token ${name}`))

const grounds = ['bg', 'surface', 'raised']
const tones = ['grey', 'blue', 'amber', 'violet', 'orange', 'green', 'red']
const agents = ['planner', 'coder', 'reviewer', 'tester', 'debugger']
/** The share of a tone in the tint behind it; `@utility tint` in app/globals.css. */
const TINT = 0.11

test('the measure itself: black on white is 21, and WCAG’s grey #767676 is 4.54', () => {
  expect(contrast([0, 0, 0], white)).toBeCloseTo(21, 5)
  const grey = ((0x76 / 255 + 0.055) / 1.055) ** 2.4
  expect(contrast([grey, grey, grey], white)).toBeCloseTo(4.54, 2)
  // oklch(0.627955 0.257683 29.234) is pure red, whose contrast with white is 4.
  expect(contrast(rgb({ l: 0.627955, c: 0.257683, h: 29.234 }), white)).toBeCloseTo(4, 1)
})

test('fields are drawn with the edge that is measured here', () => {
  for (const look of [inputClass, areaClass]) expect(look).toContain('border-control')
})

test('every token is read', () => {
  expect(tokens.size).toBeGreaterThanOrEqual(28)
  for (const { light, dark } of tokens.values())
    for (const part of [light.l, light.c, light.h, dark.l, dark.c, dark.h]) expect(part).not.toBeNaN()
})

describe.each(['light', 'dark'] as const)('%s', (theme) => {
  const text = ['ink', 'muted', 'faint', 'accent', ...tones, ...agents]
  test.each(grounds.flatMap((ground) => text.map((name) => [name, ground] as const)))(
    'text %s on %s',
    (name, ground) => expect(contrast(of(name, theme), of(ground, theme))).toBeGreaterThanOrEqual(4.5),
  )

  test.each(
    ['bg', 'surface'].flatMap((ground) => [...tones, ...agents].map((tone) => [tone, ground] as const)),
  )('a chip of %s on %s', (tone, ground) => {
    const color = of(tone, theme)
    const tint = over(color, TINT, of(ground, theme))
    expect(contrast(color, tint)).toBeGreaterThanOrEqual(4.5)
    expect(contrast(of('ink', theme), tint)).toBeGreaterThanOrEqual(4.5)
  })

  test.each([
    ['accent', 'accent-tint'],
    ['ink', 'accent-tint'],
    ['ink', 'added'],
    ['ink', 'removed'],
    ['muted', 'added'],
    ['muted', 'removed'],
    ['added-sign', 'added'],
    ['removed-sign', 'removed'],
  ])('text %s on %s', (name, ground) =>
    expect(contrast(of(name, theme), of(ground, theme))).toBeGreaterThanOrEqual(4.5),
  )

  test.each(['accent-fill', 'accent-fill-hover'])('white on %s', (fill) =>
    expect(contrast(white, of(fill, theme))).toBeGreaterThanOrEqual(4.5),
  )

  test.each(grounds.flatMap((ground) => [['accent', ground] as const, ['control', ground] as const]))(
    'what is not text: %s against %s (the ring of the focus, the edge of a control)',
    (name, ground) => expect(contrast(of(name, theme), of(ground, theme))).toBeGreaterThanOrEqual(3),
  )

  test('elevations can be told apart', () => {
    const [bg, surface, raised] = grounds.map((name) => tokens.get(name)?.[theme].l ?? 0)
    expect(new Set([bg, surface, raised]).size).toBe(3)
  })
})
