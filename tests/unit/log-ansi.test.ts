import { describe, expect, it } from 'vitest'
import { MOST_SHOWN, toSpans, withoutCommands } from '@/components/runs/log/ansi'

const esc = '\u001b'
const text = (line: string) =>
  toSpans(line)
    .map((span) => span.text)
    .join('')

describe('a line of a log', () => {
  it.each([
    ['a title', `a${esc}]0;owned\u0007b`, 'ab'],
    ['a title that ends otherwise', `a${esc}]2;owned${esc}\\b`, 'ab'],
    ['a link, whose words stay', `${esc}]8;;https://evil.test/${esc}\\click${esc}]8;;${esc}\\`, 'click'],
    ['the clipboard', `${esc}]52;c;cm0gLXJm\u0007x`, 'x'],
    ['device control, privacy, application', `${esc}Pq#0${esc}\\${esc}^p${esc}\\${esc}_a${esc}\\x`, 'x'],
    ['cursor movement and clearing', `${esc}[2J${esc}[1;1H${esc}[3Ax${esc}[?25l${esc}[K`, 'x'],
    ['resets, charsets, one 8-bit command', `${esc}c${esc}(B${esc}7x\u009b2J`, 'x'],
    ['8-bit strings', 'a\u009d0;owned\u009cb', 'ab'],
  ])('drops %s', (_name, line, left) => expect(text(line)).toBe(left))

  it('hides nothing behind a sequence that has no end', () => {
    expect(text(`${esc}]0;the rest of the line`)).toContain('0;the rest of the line')
    expect(text(`${esc}[31`)).toContain('31')
    expect(text(`a${esc}`)).toBe('a␛')
  })

  it('shows what reorders, hides or overwrites text', () => {
    expect(text('a\u202eb\u200bc\u2066d\u0008e')).toBe(
      'a‹U+202E›b‹U+200B›c‹U+2066›d‹U+8›e'.replace('U+8', 'U+0008'),
    )
    expect(text('10%\r20%')).toBe('10%␍20%')
    expect(text(`${esc}[31m\u202ered${esc}[0m`)).toBe('‹U+202E›red')
  })

  it('keeps colours as class names of ours, whatever else was asked for', () => {
    expect(toSpans(`${esc}[1;31mred${esc}[0m plain`)).toEqual([
      { text: 'red', className: 'font-semibold text-red' },
      { text: ' plain', className: '' },
    ])
    expect(toSpans(`${esc}[38;5;46mgreen`)[0]?.className).toBe('text-green')
    expect(
      toSpans(`${esc}[38;2;250;10;10mred${esc}[38;2;90;90;90mgrey`).map((span) => span.className),
    ).toEqual(['text-red', ''])
    expect(
      toSpans(`${esc}[38;5;999mx${esc}[38;2;a;b;cmy`).every((span) => /^[a-z -]*$/.test(span.className)),
    ).toBe(true)
  })

  it('is text, never markup', () => {
    const line = `${esc}[32m<img src=x onerror=alert(1)>${esc}[0m&amp; https://evil.test`
    expect(text(line)).toBe('<img src=x onerror=alert(1)>&amp; https://evil.test')
  })

  it('of 10 MB is cut before anything looks at it', () => {
    const long = 'x'.repeat(10_000_000)
    expect(text(long)).toHaveLength(MOST_SHOWN)
    expect(text(`${esc}]0;`.repeat(2_500_000))).not.toContain(esc)
    expect(withoutCommands(`${esc}]`.repeat(50_000)).length).toBeLessThanOrEqual(100_000)
  })
})
