import { duration } from '@/components/format'
import { stepTone } from '@/components/ui/agent-mark'
import { categoryOf, type FlowStep } from '@/lib/core/flow'
import type { FlowGraph } from '@/lib/core/flow-graph'
import { visible } from '@/lib/core/visible'
import type { StepFigures } from '@/lib/services/flows/figures'
import { box, LINE, type PlacedStep, picture, placeFlow } from './layout'

interface FlowPictureProps {
  readonly name: string
  readonly graph: FlowGraph
  readonly figures: readonly StepFigures[]
}

/** A flow as the state machine that it is. The table below it says the same in words; a phone has room for that alone. */
export function FlowPicture({ name, graph, figures }: FlowPictureProps) {
  const { height, steps, downs, loops, exits } = placeFlow(graph)
  const label = `The flow ${name} as a picture; the table below says the same in words.`
  return (
    <section
      aria-label={`Picture of the flow ${name}`}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
      tabIndex={0}
      className="overflow-x-auto rounded-lg border bg-surface max-md:hidden"
    >
      <svg
        viewBox={`0 0 ${picture.width} ${height}`}
        width={picture.width}
        height={height}
        role="img"
        aria-label={label}
        className="block max-w-none text-faint"
      >
        <title>{label}</title>
        <defs>
          <marker
            id="flow-arrow"
            viewBox="0 0 8 8"
            refX="6"
            refY="4"
            markerWidth="7"
            markerHeight="7"
            orient="auto"
          >
            <path d="M0 0L8 4L0 8Z" fill="currentColor" />
          </marker>
        </defs>
        {downs.map(({ path, label: said, x, y }) => (
          <g key={path}>
            <path d={path} fill="none" stroke="currentColor" markerEnd="url(#flow-arrow)" />
            {said && (
              <text x={x} y={y} className="fill-muted text-xs">
                {said}
              </text>
            )}
          </g>
        ))}
        {loops.map(({ edge, path, labelX, labelY, lines }) => (
          <g key={path} className="text-accent">
            <path d={path} fill="none" stroke="currentColor" markerEnd="url(#flow-arrow)" />
            <Lines x={labelX} y={labelY} lines={lines} className="fill-muted" anchor="start" />
            <title>{edge.when.join('; ')}</title>
          </g>
        ))}
        {exits.map(({ edge, y, fromX, lines }) => {
          const tone =
            edge.to.kind === 'people'
              ? 'tone-amber'
              : edge.to.kind === 'end' && edge.to.status === 'aborted'
                ? 'tone-grey'
                : 'tone-red'
          return (
            <g key={`${edge.from}${y}`} className={tone}>
              <path
                d={`M${fromX} ${y}H${box.left - 14}`}
                fill="none"
                stroke="currentColor"
                markerEnd="url(#flow-arrow)"
              />
              <Lines x={box.left - 20} y={y + 4} lines={lines} className="fill-muted" anchor="end" headed />
            </g>
          )
        })}
        {steps.map((step) => (
          <StepBox key={step.step} step={step} figures={figures.find((one) => one.step === step.step)} />
        ))}
        <End y={height - box.top - box.height / 2} />
      </svg>
    </section>
  )
}

interface LinesProps {
  readonly x: number
  readonly y: number
  readonly lines: readonly string[]
  readonly anchor: 'start' | 'end'
  readonly className: string
  /** The first line names the place, in its tone. */
  readonly headed?: boolean
}

function Lines({ x, y, lines, anchor, className, headed = false }: LinesProps) {
  return (
    <text textAnchor={anchor} className={`text-xs ${className}`}>
      {lines.map((line, index) => (
        <tspan
          key={line}
          x={x}
          y={y + index * LINE}
          className={headed && index === 0 ? 'fill-current font-medium' : undefined}
        >
          {visible(line)}
        </tspan>
      ))}
    </text>
  )
}

const kinds = { agent: 'agent', check: 'check', gate: 'people decide', effect: 'effect' } as const

function StepBox({
  step,
  figures,
}: {
  readonly step: PlacedStep
  readonly figures: StepFigures | undefined
}) {
  const { x, y, width, inserted } = step
  const name = step.step.replace(/^gate:/, '')
  const isGate = step.step.startsWith('gate:')
  return (
    <g className={stepTone(step.step)}>
      <rect
        x={x}
        y={y}
        width={width}
        height={box.height}
        rx={isGate ? 22 : 8}
        fill="var(--raised)"
        stroke="currentColor"
        strokeDasharray={inserted ? '4 3' : undefined}
      />
      <rect
        x={x + (isGate ? 14 : 0)}
        y={y + (isGate ? 10 : 0)}
        width="4"
        height={isGate ? 24 : box.height}
        rx="2"
        className="bar"
      />
      <text x={x + (isGate ? 26 : 16)} y={y + 19} className="fill-ink text-sm font-semibold">
        {visible(name.length > 26 ? `${name.slice(0, 25)}…` : name)}
      </text>
      <text x={x + (isGate ? 26 : 16)} y={y + 35} className="fill-muted text-xs">
        {figures ? figureText(figures) : kinds[categoryOf(step.step as FlowStep)]}
      </text>
    </g>
  )
}

/** `41 s · 1.4 times a run`. */
export function figureText({ medianSeconds, beads, runs }: StepFigures): string {
  const time = medianSeconds === null ? null : duration(medianSeconds * 1_000)
  const often = runs > 0 && beads > runs ? `${(beads / runs).toFixed(1)} times a run` : null
  return [time, often].filter(Boolean).join(' · ') || 'not ended yet'
}

function End({ y }: { readonly y: number }) {
  return (
    <g className="tone-green">
      <circle cx={box.left + 18} cy={y + 4} r="7" fill="none" stroke="currentColor" strokeWidth="1.5" />
      <circle cx={box.left + 18} cy={y + 4} r="3.5" className="bar" />
      <text x={box.left + 32} y={y + 8} className="fill-current text-xs font-medium">
        succeeded
      </text>
    </g>
  )
}
