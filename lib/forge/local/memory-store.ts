import { AppError } from '@/lib/errors'
import type { LocalComment, LocalForgeStore, LocalPullRequest } from '../local-store'

/** A store in this process's memory: for tests, and for a first look at a repository. */
export function createMemoryStore(): LocalForgeStore {
  const pulls = new Map<number, LocalPullRequest>()
  const comments = new Map<number, Map<string, LocalComment>>()
  const byKey = (key: string) =>
    [...pulls.values()].find((pull) => pull.key === key && pull.state !== 'closed') ?? null

  return {
    async findByKey(key) {
      return byKey(key)
    },
    async get(number) {
      return pulls.get(number) ?? null
    },
    async list() {
      return [...pulls.values()]
    },
    async insert(input, above) {
      const known = byKey(input.key)
      if (known) return known
      const number = Math.max(above, 0, ...pulls.keys()) + 1
      const pull: LocalPullRequest = { ...input, number, mergeSha: null }
      pulls.set(number, pull)
      return pull
    },
    async update(number, change) {
      const pull = pulls.get(number)
      if (!pull) throw new AppError('not_found', `There is no pull request ${number} in this store.`)
      const changed = { ...pull, ...change }
      pulls.set(number, changed)
      return changed
    },
    async addComment(number, comment) {
      const ofNumber = comments.get(number) ?? new Map<string, LocalComment>()
      if (!ofNumber.has(comment.key)) ofNumber.set(comment.key, comment)
      comments.set(number, ofNumber)
    },
    async comments(number) {
      return [...(comments.get(number)?.values() ?? [])]
    },
  }
}
