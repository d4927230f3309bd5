import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Page } from 'playwright-core'

const source = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

interface AxeNode {
  readonly target: readonly unknown[]
  readonly failureSummary?: string
}
interface AxeResult {
  readonly violations: readonly { id: string; help: string; nodes: readonly AxeNode[] }[]
}
interface AxeWindow {
  readonly axe: { run(context: unknown, options: unknown): Promise<AxeResult> }
}

/** WCAG 2.2 A and AA, and what everybody does besides. */
const all = { type: 'tag', values: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }
/** Of these, those that look at colours. */
const ofColours = { type: 'rule', values: ['color-contrast', 'link-in-text-block'] }

export interface AxeOptions {
  /** A selector of the part that is judged; the whole page without it. */
  readonly only?: string
  /** Rules that do not hold here, each with the reason beside the call. */
  readonly without?: readonly string[]
}

/**
 * What axe-core finds wrong with a page as it stands, one line each: `rule: help [where] what`. axe comes in by the
 * debugger and not by a script element, so the page's policy is the one that people have.
 */
export async function axe(
  page: Page,
  { only, without = [] }: AxeOptions = {},
  runOnly: typeof all = all,
): Promise<string[]> {
  await page.evaluate(source)
  const rules = Object.fromEntries(without.map((id) => [id, { enabled: false }]))
  const found = await page.evaluate(
    ([context, options]) => (window as unknown as AxeWindow).axe.run(context ?? document, options),
    [only ?? null, { runOnly, rules, resultTypes: ['violations'] }] as const,
  )
  return found.violations.flatMap(({ id, help, nodes }) =>
    nodes.map((node) => `${id}: ${help} [${node.target.join(' ')}] ${node.failureSummary ?? ''}`),
  )
}

/**
 * As `axe`, in the light and in the dark theme, each line with its theme before it. The themes differ in colours alone:
 * what does not look at them is judged once.
 */
export async function axeInBothThemes(page: Page, options: AxeOptions = {}): Promise<string[]> {
  const lines: string[] = []
  for (const theme of ['light', 'dark'] as const) {
    await page.evaluate((name) => {
      document.documentElement.dataset.theme = name
      document.documentElement.style.colorScheme = name
    }, theme)
    for (const line of await axe(page, options, theme === 'light' ? all : ofColours))
      lines.push(`${theme}: ${line}`)
  }
  return lines
}
