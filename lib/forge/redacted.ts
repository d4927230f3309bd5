import { redact } from '@/lib/log'
import type { Forge } from './forge'

/**
 * A forge whose texts are redacted before they leave: they hold what models, tests and people wrote. What finds things
 * again (keys, branches, commits, paths) goes as it is.
 */
export function redactedForge<F extends Forge>(forge: F): F {
  return {
    ...forge,
    openPullRequest: (input) =>
      forge.openPullRequest({ ...input, title: redact(input.title), body: redact(input.body) }),
    setCheck: (check) => forge.setCheck({ ...check, summary: redact(check.summary) }),
    addReviewComments: (number, comments) =>
      forge.addReviewComments(
        number,
        comments.map((comment) => ({ ...comment, body: redact(comment.body) })),
      ),
    merge: (input) => forge.merge({ ...input, message: redact(input.message) }),
    comment: (number, { key, body }) => forge.comment(number, { key, body: redact(body) }),
  }
}
