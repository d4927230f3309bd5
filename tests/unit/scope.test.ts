import { describe, expect, test } from 'vitest'
import { globToRegExp } from '@/lib/core/glob'
import { checkScope } from '@/lib/core/scope'

const matches = (glob: string, path: string) => globToRegExp(glob).test(path)

describe('globs', () => {
  const cases: [glob: string, yes: string[], no: string[]][] = [
    ['src/app.ts', ['src/app.ts'], ['src/app.tsx', 'src/appxts', 'lib/src/app.ts', 'SRC/app.ts']],
    ['src/', ['src', 'src/a', 'src/a/b'], ['srcs/a', 'a/src/b']],
    ['src', ['src', 'src/a'], ['src.ts']],
    ['./src/*.ts', ['src/a.ts', 'src/.ts'], ['src/a/b.ts', 'src/a.tsx']],
    ['**/*.ts', ['a.ts', 'a/b/c.ts'], ['a.tsx', 'a.ts/b']],
    ['src/**', ['src/a', 'src/a/b'], ['src', 'lib/a']],
    ['src/**/test/*', ['src/test/a', 'src/x/y/test/a'], ['src/test', 'src/test/a/b', 'src/xtest/a']],
    ['a?c', ['abc'], ['ac', 'a/c']],
    ['[a-c]x[!0-9]', ['bxy'], ['dxy', 'bx1', 'bx/']],
    ['*.{ts,tsx}', ['a.ts', 'a.tsx'], ['a.js', 'a.{ts,tsx}']],
    ['{a,b/{c,d}}/x', ['a/x', 'b/c/x', 'b/d/x'], ['b/x']],
    ['\\*.ts', ['*.ts'], ['a.ts']],
    ['a[.ts', ['a[.ts'], ['a.ts']],
    ['a{b', ['a{b'], ['ab']],
    ['a+(b).$^|ts', ['a+(b).$^|ts'], ['aab.ts']],
    ['line*', ['line\nend'], ['x\nline']],
    ['**', ['a', 'a/b'], []],
    ['a**b', ['axxb'], ['a/b']],
  ]
  test.each(cases)('%s', (glob, yes, no) => {
    expect(yes.filter((path) => !matches(glob, path))).toEqual([])
    expect(no.filter((path) => matches(glob, path))).toEqual([])
  })
})

describe('scope', () => {
  const check = (path: string, scope: string[] | null, protectedPaths: string[] = []) =>
    checkScope({ path, scope, protectedPaths })?.reason ?? null
  test('null is no limit, an empty list allows nothing', () => {
    expect(check('a', null)).toBeNull()
    expect(check('a', [])).toMatch(/outside.*no file/)
  })
  test('protected wins over declared, and the reason names the pattern', () => {
    expect(check('ci/a.yml', ['ci/a.yml'], ['ci/'])).toMatch(/protected.*`ci\/`/)
    expect(check('src/a', ['src/'], ['ci/'])).toBeNull()
  })
  test('the reason lists what was declared and says how to ask for more', () => {
    expect(check('b', ['a'])).toMatch(/`b` is outside this task's declared scope \(`a`\).*finish and name it/)
    expect(
      check(
        'b',
        Array.from({ length: 25 }, (_, n) => `f${n}`),
      ),
    ).toContain('and 5 more')
  })
})
