import { execFile, execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { env } from '@/lib/env'
import { packageRoot } from '@/lib/root'
import { chromiumPath } from '@/tests/support/browser'
import type { Place } from './places'

const run = promisify(execFile)

export interface Scores {
  readonly name: string
  readonly performance: number | null
  readonly accessibility: number | null
  /** Audits of accessibility that failed. */
  readonly failed: readonly string[]
}

const folder = () => join(packageRoot(), 'bench', 'peers', 'lighthouse')
const program = () => join(folder(), 'node_modules', 'lighthouse', 'cli', 'index.js')

/** Installs Lighthouse beside the bench. False, and said loudly, without a registry or a Chromium. */
export function installLighthouse(say: (text: string) => void): boolean {
  if (chromiumPath() === undefined) {
    say('\n!! LEFT OUT: Lighthouse: there is no Chromium on this machine.\n')
    return false
  }
  if (existsSync(program())) return true
  say('Installing Lighthouse into bench/peers/lighthouse/node_modules.')
  try {
    execFileSync('npm', ['ci', '--no-audit', '--no-fund', '--ignore-scripts'], {
      cwd: folder(),
      stdio: ['ignore', 2, 2],
    })
    return true
  } catch (error) {
    say(`\n!! LEFT OUT: Lighthouse: it could not be installed: ${String(error)}\n`)
    return false
  }
}

/** The scores of a page, 0 to 100, with the settings that Lighthouse has for desktops. */
export async function scoresOf(url: string, cookie: string, { name, path }: Place): Promise<Scores> {
  const home = mkdtempSync(join(tmpdir(), 'devpilot-lighthouse-'))
  const file = join(home, 'report.json')
  try {
    const args = [
      ...[program(), url + path, '--quiet', '--preset=desktop', '--output=json', `--output-path=${file}`],
      ...[
        '--only-categories=performance,accessibility',
        `--extra-headers=${JSON.stringify({ Cookie: cookie })}`,
      ],
      '--chrome-flags=--headless=new --no-sandbox --disable-gpu --no-first-run --disable-background-networking',
    ]
    await run(process.execPath, args, {
      env: { PATH: env().PATH, HOME: home, NODE_ENV: 'production', CHROME_PATH: chromiumPath() ?? '' },
      timeout: 180_000,
    })
    const report = JSON.parse(readFileSync(file, 'utf8')) as Report
    const score = (category: string) => {
      const value = report.categories[category]?.score
      return typeof value === 'number' ? Math.round(value * 100) : null
    }
    const failed = (report.categories.accessibility?.auditRefs ?? [])
      .map(({ id }) => id)
      .filter((id) => report.audits[id]?.score === 0)
    return { name, performance: score('performance'), accessibility: score('accessibility'), failed }
  } finally {
    rmSync(home, { recursive: true, force: true })
  }
}

interface Report {
  readonly categories: Readonly<
    Record<string, { score: number | null; auditRefs: readonly { id: string }[] }>
  >
  readonly audits: Readonly<Record<string, { score: number | null }>>
}
