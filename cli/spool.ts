import { randomUUID } from 'node:crypto'
import { readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { toAppError } from '@/lib/errors'
import { makeFolder } from '@/lib/folder'
import { homeError } from '@/lib/runtime/home'
import type { Api, IngestBody } from './api'
import type { Io } from './io'

/** Keeps a log that no server took, for the next command that finds one. */
export async function spool(home: string, log: IngestBody): Promise<string> {
  const folder = join(home, 'spool')
  // Sorted by name they are sent in the order in which they were kept. The id makes sending twice harmless.
  const path = join(folder, `${Date.now()}-${randomUUID()}.json`)
  try {
    makeFolder(folder)
    await writeFile(`${path}.part`, JSON.stringify({ id: randomUUID(), ...log }), { mode: 0o600 })
    await rename(`${path}.part`, path)
  } catch (error) {
    throw homeError(error, home)
  }
  return path
}

/** Posts a log, or keeps it for later when the server cannot be reached. */
export async function postOrSpool(api: Api, home: string, log: IngestBody, io: Io): Promise<void> {
  try {
    await api.ingest(log)
  } catch (error) {
    const known = toAppError(error)
    if (!known.transient && known.code !== 'unauthorized') throw known
    const path = await spool(home, log)
    io.note(
      `The log could not be posted (${known.message}) and is kept in ${path}: it is sent by a later command.`,
    )
  }
}

/** Sends what is kept, oldest first; stops at the first that cannot be sent, sets aside what is refused for good. */
export async function sendSpooled(api: Api, home: string, io: Io): Promise<void> {
  const folder = join(home, 'spool')
  for (const name of (await namesIn(folder, home)).filter((it) => it.endsWith('.json')).sort()) {
    const path = join(folder, name)
    try {
      await api.ingest(JSON.parse(await readFile(path, 'utf8')))
      await rm(path)
    } catch (error) {
      const known = toAppError(error)
      if (known.transient || known.code === 'unauthorized') return
      await rename(path, `${path}.refused`)
      io.note(`A kept log was refused: ${known.message} It is in ${path}.refused.`)
    }
  }
}

async function namesIn(folder: string, home: string): Promise<string[]> {
  try {
    return await readdir(folder)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return []
    throw homeError(error, home)
  }
}
