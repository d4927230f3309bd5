import { cpSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { openDatabase, sha256 } from '@/lib/db/client'
import { migrations } from '@/lib/db/migrate'
import { policiesSql } from '@/lib/db/policies'
import { packageRoot } from '@/lib/root'

/**
 * Gives a home the embedded database as a first start leaves it. Making one takes seconds, which is for the tests of
 * the start itself; this is a copy of one that was made once for this schema.
 */
export async function giveDatabase(home: string): Promise<void> {
  const template = join(packageRoot(), 'node_modules', '.cache', 'devpilot-tests', `db-${schemaHash()}`)
  if (!existsSync(template)) await make(template)
  cpSync(template, join(home, 'db'), { recursive: true })
}

function schemaHash(): string {
  const engine = createRequire(import.meta.url).resolve('@electric-sql/pglite')
  return sha256(JSON.stringify([migrations(), policiesSql(), engine])).slice(0, 16)
}

async function make(template: string): Promise<void> {
  mkdirSync(dirname(template), { recursive: true })
  const home = mkdtempSync(`${template}-`)
  const database = await openDatabase({ home })
  await database.close()
  try {
    renameSync(join(home, 'db'), template)
  } catch (error) {
    // Another test was first: theirs is the same.
    if (!existsSync(template)) throw error
  }
  rmSync(home, { recursive: true, force: true })
}
