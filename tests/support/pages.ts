import type { Seeded } from './seed'

const settings = [
  'profile',
  'sessions',
  'keys',
  'members',
  'models',
  'sandbox',
  'integrations',
  'webhooks',
  'system',
  'danger',
]

/** Every page and its main states, with the ids of a seeded database. */
export function pagesOf({
  runs,
  gates,
  webhook,
}: Seeded): readonly (readonly [name: string, path: string])[] {
  return [
    ['home', '/'],
    ['timeline', '/timeline'],
    ['timeline-filtered', '/timeline?status=failed&q=blank'],
    ['run-merged', `/runs/${runs.merged}`],
    ['run-bead', `/runs/${runs.merged}?bead=3&turn=2`],
    ['run-reviewer', `/runs/${runs.merged}?bead=4`],
    ['run-score', `/runs/${runs.merged}?tab=score`],
    ['run-fork', `/runs/${runs.fork}`],
    ['run-fork-bead', `/runs/${runs.fork}?bead=5&turn=2`],
    ['run-replay', `/runs/${runs.fork}?tab=replay`],
    ['compare', `/runs/${runs.merged}/compare?with=${runs.fork}`],
    ['compare-choice', `/runs/${runs.failed}/compare`],
    ['given-up', '/timeline?status=given_up'],
    ['run-failed', `/runs/${runs.failed}`],
    ['run-running', `/runs/${runs.running}`],
    ['run-missing', '/runs/00000000-0000-7000-8000-000000000000'],
    ['gates', '/gates'],
    ['gate', `/gates/${gates.waiting}`],
    ['gate-hostile', `/gates/${gates.hostile}`],
    ['gate-big', `/gates/${gates.big}#data/region-3/table-33.ts-R40`],
    ['analytics', '/analytics'],
    ['activity', '/activity'],
    ['repositories', '/repositories'],
    ['repositories-new', '/repositories/new'],
    ['workflows', '/workflows'],
    ['agents', '/agents'],
    ['agent', '/agents/coder'],
    ['start', '/runs/new'],
    ['audit', '/audit'],
    ['learnings', '/learnings'],
    ['learnings-in-use', '/learnings?status=approved&nonsense=1'],
    ...settings.map((tab) => [`settings-${tab}`, `/settings/${tab}`] as const),
    ['webhooks-filtered', '/settings/webhooks?status=failed&event=nonsense!'],
    ['webhook', `/settings/webhooks/${webhook}`],
    ['missing', '/nothing-here'],
  ]
}
