import { clsx } from 'clsx'
import {
  Gauge,
  GitMerge,
  GitPullRequest,
  Hand,
  Layers,
  Lightbulb,
  type LucideIcon,
  Trash2,
  Waypoints,
  Wrench,
} from 'lucide-react'

const agents: Readonly<Record<string, { letter: string; tone: string }>> = {
  planner: { letter: 'P', tone: 'tone-planner' },
  coder: { letter: 'C', tone: 'tone-coder' },
  reviewer: { letter: 'R', tone: 'tone-reviewer' },
  tester: { letter: 'T', tone: 'tone-tester' },
  debugger: { letter: 'D', tone: 'tone-debugger' },
}

const icons: Readonly<Record<string, LucideIcon>> = {
  prepare: Wrench,
  pr: GitPullRequest,
  evaluate: Gauge,
  merge: GitMerge,
  reflect: Lightbulb,
  cleanup: Trash2,
  scaffold: Layers,
}

/** The tone of a step: its agent's hue, amber for gates, grey for what no model does. */
export function stepTone(step: string): string {
  return agents[step]?.tone ?? (step.startsWith('gate:') ? 'tone-amber' : 'tone-grey')
}

/** An agent's letter on its hue, or the icon of a check, an effect or a gate. Decoration: its name stands beside it. */
export function StepMark({ step }: { readonly step: string }) {
  const agent = agents[step]
  const Icon = step.startsWith('gate:') ? Hand : (icons[step] ?? Waypoints)
  return (
    <span
      aria-hidden
      className={clsx(
        'tint inline-flex size-5 shrink-0 items-center justify-center rounded num text-xs font-semibold',
        stepTone(step),
      )}
    >
      {agent ? agent.letter : <Icon className="size-3" />}
    </span>
  )
}
