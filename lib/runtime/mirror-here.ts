import { existsSync } from 'node:fs'
import type { RunRecord } from '@/lib/core/record'
import { AppError } from '@/lib/errors'
import { inspectRepository } from '@/lib/workspace/git/inspect'
import { mirrorPath } from '@/lib/workspace/git/mirror'

/** A repository's mirror on this machine, null when it has none. */
export async function mirrorHere(
  home: string,
  { source, forge }: Pick<RunRecord['repository'], 'source' | 'forge'>,
): Promise<string | null> {
  const plain = mirrorPath(home, source)
  if (existsSync(plain) || forge !== 'local' || !existsSync(source)) return existsSync(plain) ? plain : null
  try {
    const mirror = mirrorPath(home, (await inspectRepository(source)).root)
    return existsSync(mirror) ? mirror : null
  } catch (error) {
    // A repository that is gone or was moved has no mirror by this name; the record is here all the same.
    if (error instanceof AppError && error.code === 'repository_unusable') return null
    throw error
  }
}
