import { type ChartId, chartIds } from './chart-ids'
import { calibrationChart } from './charts/calibration'
import { agentCosts, modelCosts, promptCosts, repositoryCosts } from './charts/costs'
import { cycleChart } from './charts/cycle'
import { learningsChart } from './charts/learnings'
import { reworkChart } from './charts/rework'
import { scoreChart } from './charts/score'
import { stopsChart } from './charts/stops'
import { successChart } from './charts/success'
import { waitingChart } from './charts/waiting'
import type { Facts, Needs } from './facts'
import type { Chart } from './view'

const makers: Readonly<Record<ChartId, (facts: Facts) => Chart>> = {
  score: scoreChart,
  success: successChart,
  rework: reworkChart,
  stops: stopsChart,
  'cost-agent': agentCosts,
  'cost-model': modelCosts,
  'cost-repository': repositoryCosts,
  'cost-prompt': promptCosts,
  cycle: cycleChart,
  waiting: waitingChart,
  calibration: calibrationChart,
  learnings: learningsChart,
}

export const chartOf = (id: ChartId, facts: Facts): Chart => makers[id](facts)

export function allCharts(facts: Facts): Chart[] {
  return chartIds.map((id) => chartOf(id, facts))
}

/** What each chart alone is made of. */
export const needsOf: Readonly<Record<ChartId, Needs>> = {
  score: { series: ['score'] },
  success: { series: ['end', 'loops'] },
  rework: { series: ['loops'], totals: ['loop'] },
  stops: { totals: ['stop'] },
  'cost-agent': { series: ['end'], totals: ['cost_agent'] },
  'cost-model': { series: ['end'], totals: ['cost_model'] },
  'cost-repository': { series: ['end'], repositories: true },
  'cost-prompt': { series: ['end'], totals: ['cost_prompt', 'prompt_success'] },
  cycle: { series: ['cycle'] },
  waiting: { series: ['time_people', 'time_working', 'time_other'], totals: ['wait'] },
  calibration: { totals: ['confidence'] },
  learnings: { totals: ['learning_success', 'learning_score', 'learning_loops'] },
}
