import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { env } from '@/lib/env'
import { packageRoot } from '@/lib/root'
import { openBrowser } from '@/tests/support/browser'
import { freePort } from '@/tests/support/port'
import { isBuilt } from '@/tests/support/server'

export interface App {
  readonly url: string
  readonly token: string
  stop(): Promise<void>
}

/** Builds the app unless it is built already (`--no-build`). */
export function build(again: boolean): void {
  if (!again && isBuilt()) return
  const next = join(packageRoot(), 'node_modules', 'next', 'dist', 'bin', 'next')
  execFileSync(process.execPath, [next, 'build'], { cwd: packageRoot(), stdio: ['ignore', 2, 2] })
}

/** The built app on a database, as `devpilot start` has it. */
export async function startApp(databaseUrl: string): Promise<App> {
  const home = mkdtempSync(join(tmpdir(), 'devpilot-bench-app-'))
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const token = 'a-token-for-benchmarks-0123456789abcdef0123456789'
  const next = join(packageRoot(), 'node_modules', 'next', 'dist', 'bin', 'next')
  const child = spawn(process.execPath, [next, 'start', '--hostname', '127.0.0.1', '--port', String(port)], {
    cwd: packageRoot(),
    env: {
      PATH: env().PATH,
      HOME: home,
      NODE_ENV: 'production',
      NEXT_TELEMETRY_DISABLED: '1',
      DEVPILOT_HOME: home,
      DEVPILOT_TOKEN: token,
      DEVPILOT_URL: url,
      DEVPILOT_LOG: 'error',
      DATABASE_URL: databaseUrl,
    },
    // It prints its sign-in link; what fails is seen by its status.
    stdio: 'ignore',
  })
  const kill = () => child.kill('SIGKILL')
  process.once('exit', kill)
  await answers(url, child)
  return {
    url,
    token,
    async stop() {
      process.removeListener('exit', kill)
      if (child.exitCode === null && child.signalCode === null) {
        const ended = once(child, 'exit')
        child.kill('SIGKILL')
        await ended
      }
      rmSync(home, { recursive: true, force: true })
    },
  }
}

async function answers(url: string, child: ChildProcess): Promise<void> {
  for (let tries = 0; tries < 600; tries += 1) {
    if (child.exitCode !== null) throw new Error(`The app ended with ${child.exitCode}.`)
    const ok = await fetch(`${url}/api/health`).then(
      (response) => response.ok,
      () => false,
    )
    if (ok) return
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
  throw new Error(`The app did not answer at ${url}.`)
}

/** The cookies of somebody who signed in with the form, as one header. */
export async function signedIn({ url, token }: App): Promise<string> {
  const browser = await openBrowser({ width: 1280, height: 900, theme: 'light' })
  try {
    const page = await browser.newPage()
    await page.goto(`${url}/sign-in`)
    await page.getByLabel('Token').fill(token)
    await page.getByRole('button', { name: 'Sign in', exact: true }).click()
    await page.waitForURL((now) => !now.pathname.startsWith('/sign-in'), { timeout: 60_000 })
    const cookies = await browser.cookies()
    return cookies.map(({ name, value }) => `${name}=${value}`).join('; ')
  } finally {
    await browser.close()
  }
}
