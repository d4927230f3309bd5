import type { Step } from './ports'

const MAX = 5

/**
 * Keeps what the run taught: rules that the reviewer enforced, and root causes that the debugger found. They come
 * from model text, so they are proposals until a person approves them.
 */
export const reflect: Step = async ({ record }) => {
  const blocking = (await record.reviews()).flatMap((review) =>
    review.comments.filter((comment) => comment.severity === 'blocking'),
  )
  for (const comment of blocking.slice(0, MAX)) {
    await record.learning('reviewer_rule', `${comment.file}: ${comment.body}`, `review, ${comment.category}`)
  }
  const causes = (await record.beadsOf('debugger')).flatMap(({ summary }) =>
    summary.root_cause ? [String(summary.root_cause)] : [],
  )
  for (const cause of causes.slice(0, MAX)) await record.learning('mistake', cause, 'debugger, root cause')
  return {
    outcome: { kind: 'done' },
    summary: { proposed: Math.min(MAX, blocking.length) + Math.min(MAX, causes.length) },
  }
}

/** Gives back what a finished run no longer needs; commits, refs and records stay. */
export const cleanup: Step = async ({ bench }) => {
  await (await bench()).remove()
  return { outcome: { kind: 'done' } }
}
