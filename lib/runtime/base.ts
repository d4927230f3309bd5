import { AppError } from '@/lib/errors'
import type { BaseFiles, OpenBase } from '@/lib/services/repositories/base'
import { openTip } from '@/lib/workspace/bench/base-file'
import { gitHeaderOf } from './forge'

/** Somebody waits so long for a forge; the first copy of a large repository is made by its first run. */
const LIMIT_MS = 60_000

/** Reads base branches with the mirrors of this machine, brought up to date first. */
export function baseOpener(home: string): OpenBase {
  return async (repository, asked) => {
    const { id, name, forge, source, defaultBranch } = repository
    const place = { id, name, forge, source, defaultBranch }
    const limit = AbortSignal.timeout(LIMIT_MS)
    const signal = asked === undefined ? limit : AbortSignal.any([limit, asked])
    try {
      const header = await gitHeaderOf({ repository: place })
      return await openTip({ home, repository: place, header, signal })
    } catch (error) {
      if (!signal.aborted) throw error
      if (!limit.aborted)
        throw new AppError('unavailable', `${name} was not waited for any longer.`, { cause: error })
      throw new AppError('timeout', `${name} did not give its base branch within ${LIMIT_MS / 1000} s.`, {
        place: source,
        mend: 'Try again; a first run makes the copy that later reads are quick with.',
        cause: error,
      })
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
