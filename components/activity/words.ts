import { money } from '@/components/format'
import type { Activity } from '@/lib/services/views'

export const kindLabels: Readonly<Record<Activity['kind'], string>> = {
  run: 'Runs',
  gate: 'Gates',
  change: 'Changes',
  schedule: 'Schedules',
  repository: 'Repositories',
  people: 'People',
}

const sentences: Readonly<Record<string, string>> = {
  'run.started': 'asked for a run',
  'run.began': 'began',
  'run.went_on': 'went on',
  'run.forked': 'forked a run',
  'run.cancelled': 'cancelled',
  'run.retried': 'retried',
  'run.resumed': 'let go on',
  'run.reopened': 'opened again',
  'run.step_skipped': 'skipped a step',
  'run.given_up': 'gave up',
  'run.budget_set': 'set the budget',
  'log.received': 'reported',
  'log.updated': 'reported again',
  'gate.opened': 'asks for a decision',
  'gate.approved': 'approved',
  'gate.approval_added': 'approved, with others to come',
  'gate.rejected': 'rejected',
  'gate.timeout': 'waited for too long',
  'gate.voided': 'took back what it asked',
  merged: 'merged',
  'pull_request.opened': 'opened a pull request',
  'schedule.started': 'started by its schedule',
  'schedule.skipped': 'left out by its schedule',
  'repository.added': 'added a repository',
  'view.saved': 'kept a view',
  'view.removed': 'removed a view',
  'user.signed_in': 'signed in',
  'user.signed_out': 'signed out',
  'user.joined': 'joined',
  'user.invited': 'invited somebody',
  'user.uninvited': 'took back an invitation',
  'user.renamed': 'changed their name',
  'user.linked': 'linked a GitHub account',
  'user.password_set': 'set a password',
  'user.password_renewed': 'renewed their password',
  'user.password_link_made': 'made a link for a new password',
  'user.role_changed': 'changed a role',
  'user.activated': 'activated a member',
  'user.deactivated': 'deactivated a member',
  'session.ended': 'ended a session',
  'session.others_ended': 'ended their other sessions',
  'session.all_ended': 'ended all sessions',
  'key.created': 'made an API key',
  'key.revoked': 'revoked an API key',
  'key.all_revoked': 'revoked all API keys',
}

/** What was done, as it follows the name of who did it. */
export function deedOf(action: string): string {
  return sentences[action] ?? action.replaceAll('_', ' ').replace('.', ': ')
}

/** The few facts that say more: why, from what to what, how much. */
export function detailOf({ data, repository }: Activity): string {
  const text = (name: string): string => (typeof data[name] === 'string' ? String(data[name]) : '')
  const replaced = data.replaced
  const was =
    typeof replaced === 'object' && replaced !== null && 'status' in replaced
      ? `was ${String(replaced.status)}`
      : ''
  const budget = typeof data.budgetMicros === 'number' ? `budget ${money(data.budgetMicros)}` : ''
  // A repository stands there by its name already.
  const name = text('name') === repository ? '' : text('name')
  const number = typeof data.number === 'number' ? `#${data.number}` : ''
  return [text('gate'), number, text('target'), name, was, budget, text('reason')]
    .filter((part) => part !== '')
    .join(' · ')
    .slice(0, 200)
}
