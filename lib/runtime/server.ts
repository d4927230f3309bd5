import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { env } from '@/lib/env'
import { toAppError } from '@/lib/errors'
import { log, outliveReaders } from '@/lib/log'
import { getRuntime } from '@/lib/runtime'
import { startEngine } from './engine'
import { makeHome } from './home'

/** Two runs at a time on one machine: tests of the repositories want the other cores. */
const CONCURRENCY = 2

const AGAIN_MS = 5_000

/**
 * What the server does at its start beside answering: the database, the worker, the link with the token, once. A
 * database that is away is looked for again while pages say so; what cannot pass ends the process.
 */
export async function startServer(): Promise<void> {
  // A function lives as long as its request: /api/cron/tick works there, and the first request opens the database.
  if (env().VERCEL) return
  outliveReaders()
  await begin()
}

async function begin(): Promise<void> {
  try {
    await open()
  } catch (error) {
    const known = toAppError(error)
    log('error', known.message, { place: known.place, mend: known.mend })
    if (known.code !== 'unavailable') process.exit(1)
    setTimeout(() => void begin(), AGAIN_MS)
  }
}

async function open(): Promise<void> {
  const runtime = await getRuntime()
  // Under Temporal it hands runs over, and `devpilot worker` does their steps: no native library in this process.
  const concurrency = env().DEVPILOT_ENGINE === 'temporal' ? 0 : CONCURRENCY
  await startEngine(runtime, { concurrency })
  const url = env().DEVPILOT_URL ?? `http://127.0.0.1:${env().DEVPILOT_PORT}`
  runtime.database.announce?.('a DevPilot server', url)
  // Once a home, whoever made the token: a command may have been first.
  const shown = join(runtime.home, 'link-shown')
  if (!existsSync(shown)) {
    // With a database elsewhere and a token of the environment nothing else has made it.
    makeHome(runtime.home)
    writeFileSync(shown, '')
    process.stderr.write(
      `\nSign in once with this link (the token is kept in ${runtime.home}/token):\n  ${url}/sign-in?token=${runtime.token}\n\n`,
    )
  }
  log('info', 'ready', { url, database: runtime.database.driver, sandbox: runtime.engine?.sandbox })
  const stop = (signal: NodeJS.Signals) => {
    log('info', 'stopping', { signal })
    void runtime.close().finally(() => process.exit(0))
  }
  process.once('SIGTERM', stop)
  process.once('SIGINT', stop)
}
