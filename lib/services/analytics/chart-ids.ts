/** The charts in the order of the page; a name is its place in `/api/analytics/:chart` and on the page. */
export const chartIds = [
  'score',
  'success',
  'rework',
  'stops',
  'cost-agent',
  'cost-model',
  'cost-repository',
  'cost-prompt',
  'cycle',
  'waiting',
  'calibration',
  'learnings',
] as const
export type ChartId = (typeof chartIds)[number]
