import { AppError, toAppError } from '@/lib/errors'
import { log } from '@/lib/log'
import type { BaseFiles, OpenBase } from '@/lib/services/repositories/base'
import { openTip } from '@/lib/workspace/bench/base-file'
import { gitHeaderOf } from './forge'

/** Somebody waits so long for a forge. */
const WAIT_MS = 60_000

/**
 * What is being read now, by home and repository: whoever asks meanwhile waits for the same. Parts of the app that are
 * bundled apart, and other processes, take turns by the mirror's lock.
 */
const underWay = new Map<string, Promise<BaseFiles>>()

/**
 * Reads base branches with the mirrors of this machine, brought up to date first. The first copy of a large repository
 * may take longer than anybody waits: it goes on, and whoever asks again finds it.
 * @param waitMs after these milliseconds nobody waits any more
 * @throws AppError('timeout') then; 'unavailable' once `asked` is aborted
 */
export function baseOpener(home: string, waitMs = WAIT_MS): OpenBase {
  return async (repository, asked) => {
    const { name, source } = repository
    const gone = () =>
      new AppError('unavailable', `${name} was not waited for any longer.`, { place: source })
    if (asked?.aborted) throw gone()
    const left = Promise.withResolvers<never>()
    const timer = setTimeout(() => {
      const message = `${name} did not give its base branch within ${waitMs / 1000} s.`
      const mend = 'Its copy on this machine is still being brought up to date: look again in a while.'
      left.reject(new AppError('timeout', message, { place: source, mend }))
    }, waitMs)
    const leave = () => left.reject(gone())
    asked?.addEventListener('abort', leave)
    try {
      return await Promise.race([left.promise, shared(home, repository)])
    } finally {
      clearTimeout(timer)
      asked?.removeEventListener('abort', leave)
    }
  }
}

function shared(home: string, { id, name, forge, source, defaultBranch }: Parameters<OpenBase>[0]) {
  const key = `${home}\0${source}`
  const place = { id, name, forge, source, defaultBranch }
  const known = underWay.get(key)
  if (known) return known
  const opening = gitHeaderOf({ repository: place }).then((header) =>
    openTip({ home, repository: place, header }),
  )
  underWay.set(key, opening)
  const begun = performance.now()
  opening
    .catch((error: unknown) => {
      // Nobody may be waiting any more who would be told.
      if (performance.now() - begun >= WAIT_MS)
        log('warn', 'a repository could not be copied', {
          repository: name,
          error: toAppError(error).message,
        })
    })
    .finally(() => underWay.delete(key))
  return opening
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
