import type { Actor } from './trigger'

/** Who looks at a gate, as a service knows them. */
export interface Approver {
  readonly actor: Pick<Actor, 'kind' | 'id' | 'name' | 'via'>
  /** The key that asks, where it is one. */
  readonly key?: string
  readonly grants: readonly string[]
  /** An installation with one user, who is requester and approver alike; the audit says so. */
  readonly singleUser: boolean
}

/** What of a gate decides who may decide it. */
export interface AskedGate {
  readonly status: 'waiting' | 'approved' | 'rejected' | 'lapsed' | 'void'
  readonly requestedBy: Pick<Actor, 'kind' | 'id' | 'via'>
  /** People whose own commits are in the change. */
  readonly committers: readonly string[]
  readonly decisions: readonly { readonly actorId: string; readonly decision: 'approve' | 'reject' }[]
  readonly requiredApprovers: number
}

export const refusalNames = [
  'closed',
  'agent',
  'no_access',
  'decided',
  'own_key',
  'requester',
  'committer',
] as const
type Refusal = (typeof refusalNames)[number]

const ASK_ANOTHER =
  'Ask another supervisor or administrator: one who neither asked for it nor committed to it.'

/** Whether somebody may; if not, why, and what to do instead. */
export type Verdict =
  | { readonly may: true; readonly singleUser: boolean }
  | { readonly may: false; readonly why: Refusal; readonly sentence: string; readonly mend: string }

/**
 * Who may decide a gate (spec.md section 7): people with the access, each once; never who asked for the run nor who
 * committed to it, unless the installation has one user. A requester may reject: to take back what one asked for
 * lets nothing through.
 */
export function mayDecide(who: Approver, gate: AskedGate, decision: 'approve' | 'reject'): Verdict {
  const { actor, key, grants, singleUser } = who
  if (gate.status !== 'waiting')
    return refuse('closed', 'This gate is closed.', 'Open the run to see what became of it.')
  if (actor.kind !== 'user')
    return refuse(
      'agent',
      'Gates are decided by people; agents and their keys cannot.',
      'Sign in as a person.',
    )
  if (!grants.includes('approve'))
    return refuse(
      'no_access',
      `${actor.name} may look at gates and not decide them.`,
      'Ask a supervisor or an administrator.',
    )
  if (gate.decisions.some(({ actorId }) => actorId === actor.id))
    return refuse(
      'decided',
      `${actor.name} has decided at this gate already.`,
      `It needs ${gate.requiredApprovers} different people: ask another supervisor or administrator.`,
    )
  const own = gate.requestedBy.kind === 'user' && gate.requestedBy.id === actor.id
  const committed = gate.committers.includes(actor.id)
  if (decision === 'approve' && own && key !== undefined && gate.requestedBy.via === actor.via)
    return refuse(
      'own_key',
      'A key cannot approve a run that was asked for through it.',
      'Decide on the page of the gate.',
    )
  if (decision === 'reject' || singleUser) return { may: true, singleUser: singleUser && (own || committed) }
  if (own) return refuse('requester', 'Who asked for a run cannot approve it.', ASK_ANOTHER)
  if (committed) return refuse('committer', 'Who committed to a change cannot approve it.', ASK_ANOTHER)
  return { may: true, singleUser: false }
}

function refuse(why: Refusal, sentence: string, mend: string): Verdict {
  return { may: false, why, sentence, mend }
}
