import { AppError } from '@/lib/errors'
import type { BaseFiles, OpenBase } from '@/lib/services/repositories/base'
import { openTip } from '@/lib/workspace/bench/base-file'
import { gitHeaderOf } from './forge'

/** Somebody waits so long for a forge. */
const WAIT_MS = 60_000

/**
 * Reads base branches with the mirrors of this machine, brought up to date first. The first copy of a large repository
 * may take longer than anybody waits: it goes on, and whoever asks again finds it.
 * @param waitMs after these milliseconds nobody waits any more
 * @throws AppError('timeout') then; 'unavailable' when `asked` is aborted, which ends the copying, too
 */
export function baseOpener(home: string, waitMs = WAIT_MS): OpenBase {
  return async (repository, asked) => {
    const { id, name, forge, source, defaultBranch } = repository
    const place = { id, name, forge, source, defaultBranch }
    const late = Promise.withResolvers<never>()
    const timer = setTimeout(() => {
      const message = `${name} did not give its base branch within ${waitMs / 1000} s.`
      const mend = 'It is copied to this machine meanwhile: look again in a while.'
      late.reject(new AppError('timeout', message, { place: source, mend }))
    }, waitMs)
    const opening = gitHeaderOf({ repository: place }).then((header) =>
      openTip({ home, repository: place, header, signal: asked }),
    )
    try {
      return await Promise.race([opening, late.promise])
    } catch (error) {
      if (!asked?.aborted) throw error
      throw new AppError('unavailable', `${name} was not waited for any longer.`, { cause: error })
    } finally {
      clearTimeout(timer)
    }
  }
}

const KEEP_MS = 15_000
const kept = new Map<string, { readonly until: number; readonly files: Promise<BaseFiles> }>()

/** As `baseOpener`, and content with what was read in the last 15 seconds: for pages that only show. */
export function recentBaseOpener(home: string): OpenBase {
  const open = baseOpener(home)
  return (repository, signal) => {
    const key = `${home}\0${repository.id}`
    const known = kept.get(key)
    if (known && known.until > performance.now()) return known.files
    const files = open(repository, signal)
    kept.set(key, { until: performance.now() + KEEP_MS, files })
    files.catch(() => kept.delete(key))
    return files
  }
}
