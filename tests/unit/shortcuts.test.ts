import { describe, expect, test } from 'vitest'
import { isCurrent, navItems, repositoryHref } from '@/components/shell/nav'
import { grouped, type Shortcut, ShortcutRegistry } from '@/components/shell/shortcuts'

function registry(...shortcuts: readonly (readonly string[])[]) {
  const done: string[] = []
  const made = new ShortcutRegistry()
  const entry = (keys: readonly string[]): Shortcut => ({
    keys,
    label: keys.join(' '),
    group: 'Here',
    run: () => done.push(keys.join(' ')),
  })
  const remove = made.add(shortcuts.map(entry))
  const press = (keys: string, step = 100) => {
    let now = 0
    for (const key of keys.split(' ')) {
      now += step
      const found = made.press(key, now)
      if (found && found !== 'waiting') found.run?.()
    }
    return done
  }
  return { made, done, press, remove, entry }
}

describe('keys', () => {
  test('that mean nothing do nothing', () => {
    const { made, press } = registry(['n'], ['g', 't'])
    expect(made.press('x', 0)).toBeNull()
    expect(press('t x N')).toEqual([])
  })

  test('one after the other, in time', () => {
    expect(registry(['g', 't'], ['n']).press('g t')).toEqual(['g t'])
    expect(registry(['g', 't'], ['n']).press('g t', 5_000)).toEqual([])
  })

  test('a wrong second key ends the two, and counts for itself', () => {
    expect(registry(['g', 't'], ['n'], ['t']).press('g n t')).toEqual(['n', 't'])
    expect(registry(['g', 't'], ['n']).press('g g t')).toEqual(['g t'])
  })

  test('the second of two is not the single key of that letter', () => {
    expect(registry(['g', 'n'], ['n']).press('g n n')).toEqual(['g n', 'n'])
  })

  test('a page’s own comes before that of everywhere, until the page is left', () => {
    const { made, press, done, entry } = registry(['a'])
    const leave = made.add([{ ...entry(['a']), run: () => done.push('mine') }])
    press('a')
    leave()
    press('a')
    expect(done).toEqual(['mine', 'a'])
  })

  test('those of everywhere come after a page’s own, whichever was there first', () => {
    const { made, press, done, entry } = registry(['n'])
    made.add([{ ...entry(['n']), run: () => done.push('everywhere') }], true)
    press('n')
    expect(done).toEqual(['n'])
  })

  test('what is only listed takes no key', () => {
    const made = new ShortcutRegistry()
    made.add([{ keys: ['A'], label: 'Approve', group: 'Gates' }])
    expect(made.press('A', 0)).toBeNull()
  })

  test('the list tells who looks when it changes, and is the same array until then', () => {
    const { made, remove } = registry(['a'])
    let told = 0
    const stop = made.subscribe(() => {
      told += 1
    })
    expect(made.list()).toBe(made.list())
    remove()
    stop()
    made.add([{ keys: ['b'], label: 'B', group: 'Here' }])
    expect(told).toBe(1)
    expect(made.list().map(({ label }) => label)).toEqual(['B'])
  })

  test('are listed by group, each once', () => {
    const shortcut = (keys: readonly string[], label: string, group: string): Shortcut => ({
      keys,
      label,
      group,
    })
    const groups = grouped([
      shortcut(['A'], 'At a gate: approve', 'Gates'),
      shortcut(['n'], 'New run', 'Everywhere'),
      shortcut(['a'], 'Approve 1a2b3c4', 'Gates'),
    ])
    expect(groups.map(([name, list]) => [name, list.map(({ label }) => label)])).toEqual([
      ['Gates', ['Approve 1a2b3c4']],
      ['Everywhere', ['New run']],
    ])
  })
})

describe('the list of keys', () => {
  test('says of a key what it does here, and last what it does elsewhere', () => {
    const run = () => undefined
    const groups = grouped([
      { keys: ['n'], label: 'New run', group: 'Everywhere', run },
      { keys: ['?'], label: 'This help', group: 'Everywhere', run },
      { keys: ['n'], label: 'Next change', group: 'The change', run },
      { keys: ['p'], label: 'Change before', group: 'The change', run },
    ])
    expect(groups.map(([name, list]) => [name, list.map(({ label }) => label)])).toEqual([
      ['Everywhere', ['This help']],
      ['The change', ['Next change', 'Change before']],
      ['On other pages', ['New run']],
    ])
  })
})

describe('pages', () => {
  test('each has a letter and an address of its own', () => {
    expect(new Set(navItems.map(({ key }) => key)).size).toBe(navItems.length)
    expect(new Set(navItems.map(({ href }) => href)).size).toBe(navItems.length)
  })

  test('exactly one is the current one', () => {
    for (const path of ['/', '/runs/x', '/gates/x', '/repositories/x/config', '/settings/keys'])
      expect(
        navItems.filter(({ href }) => isCurrent(path, href)),
        path,
      ).toHaveLength(1)
    expect(isCurrent('/gatesomething', '/gates')).toBe(false)
  })

  test('choosing a repository stays where pages are filtered by it, else goes to its runs', () => {
    expect(repositoryHref('/gates', 'r1')).toBe('/gates?repository=r1')
    expect(repositoryHref('/activity', 'r1')).toBe('/activity?repository=r1')
    expect(repositoryHref('/runs/x', 'r1')).toBe('/timeline?repository=r1')
    expect(repositoryHref('/agents', 'r1')).toBe('/agents?repository=r1')
    expect(repositoryHref('/runs/x', null)).toBe('/runs/x')
    expect(repositoryHref('/repositories/r1', null)).toBe('/repositories')
  })
})
