/** Keys that do something, as `?` lists them and as they are pressed. */
export interface Shortcut {
  /** One key, or one after the other: `['n']`, `['g', 't']`. As KeyboardEvent.key says it. */
  readonly keys: readonly string[]
  readonly label: string
  /** Where it holds: `Everywhere`, `Lists`, `A gate`. */
  readonly group: string
  /** Without it the keys are only listed: they hold on another page. */
  readonly run?: () => void
  /** Holding the key does it again and again. */
  readonly repeats?: boolean
}

/** How long the second key of two may take, in ms. */
const PATIENCE_MS = 1_200

/** The one place where keys are known: the list of `?` is made of what is in it. */
export class ShortcutRegistry {
  private shortcuts: readonly Shortcut[] = []
  private readonly listeners = new Set<() => void>()
  private pressed: readonly string[] = []
  private until = 0

  /**
   * @param everywhere they come after those of any part of a page, whichever was there first
   * @returns the function that takes them out again
   */
  add(added: readonly Shortcut[], everywhere = false): () => void {
    this.change(everywhere ? [...added, ...this.shortcuts] : [...this.shortcuts, ...added])
    return () => this.change(this.shortcuts.filter((shortcut) => !added.includes(shortcut)))
  }

  /** Always the same array until something changes. */
  readonly list = (): readonly Shortcut[] => this.shortcuts

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }

  /**
   * What a key completes; `waiting` while it may begin something; null when it means nothing.
   * @param now milliseconds of any clock
   */
  press(key: string, now: number): Shortcut | 'waiting' | null {
    const before = now < this.until ? this.pressed : []
    this.pressed = []
    this.until = 0
    // A wrong second key counts for itself.
    for (const sequence of before.length > 0 ? [[...before, key], [key]] : [[key]]) {
      const found = this.find(sequence)
      if (found) return found
      if (!this.shortcuts.some(({ run, keys }) => run && begins(keys, sequence))) continue
      this.pressed = sequence
      this.until = now + PATIENCE_MS
      return 'waiting'
    }
    return null
  }

  /** The last that was added: a page's own before those that hold everywhere. */
  private find(sequence: readonly string[]): Shortcut | undefined {
    return this.shortcuts.findLast(
      ({ run, keys }) => run && keys.length === sequence.length && begins(keys, sequence),
    )
  }

  private change(shortcuts: readonly Shortcut[]): void {
    this.shortcuts = shortcuts
    for (const listener of this.listeners) listener()
  }
}

function begins(keys: readonly string[], sequence: readonly string[]): boolean {
  return sequence.length <= keys.length && sequence.every((key, index) => keys[index] === key)
}

const ELSEWHERE = 'On other pages'

/**
 * By group, each key once: a page's own entry stands for one that says the same of another page. What a key does
 * elsewhere and not here comes last, under a heading that says so.
 */
export function grouped(shortcuts: readonly Shortcut[]): readonly (readonly [string, readonly Shortcut[]])[] {
  const groups = new Map<string, Map<string, Shortcut>>()
  const does = new Map(shortcuts.flatMap((one) => (one.run ? [[one.keys.join(' '), one] as const] : [])))
  const elsewhere = new Map<string, Shortcut>()
  for (const shortcut of shortcuts) {
    const keys = shortcut.keys.join(' ')
    const here = !shortcut.run || does.get(keys) === shortcut
    const group = here ? (groups.get(shortcut.group) ?? new Map<string, Shortcut>()) : elsewhere
    group.set(keys.toLowerCase(), shortcut)
    if (here) groups.set(shortcut.group, group)
  }
  if (elsewhere.size > 0) groups.set(ELSEWHERE, elsewhere)
  return [...groups].map(([name, group]) => [name, [...group.values()]] as const)
}
