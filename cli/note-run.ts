import { randomUUID } from 'node:crypto'
import type { IngestBody } from './api'
import { serverApi } from './connect'
import type { Io } from './io'
import { postOrSpool, spool } from './spool'

export interface LocalWork {
  readonly repository: string
  readonly task: string
  readonly files: readonly string[]
  readonly startedAt: Date
}

/** Puts work that this process did by itself on record: posted to a server, else kept for a later command to send. */
export async function noteRun(work: LocalWork, home: string, io: Io): Promise<void> {
  const log: IngestBody = {
    id: randomUUID(),
    repository: work.repository,
    task: work.task,
    status: 'succeeded',
    summary: work.files.length > 0 ? `Wrote ${work.files.join(', ')}.` : 'Nothing was missing.',
    files: [...work.files],
    startedAt: work.startedAt.toISOString(),
    endedAt: new Date().toISOString(),
  }
  const api = await serverApi()
  if (api === null) await spool(home, log)
  else await postOrSpool(api, home, log, io)
}
