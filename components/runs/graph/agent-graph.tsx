import { clsx } from 'clsx'
import { stepTone } from '@/components/ui/agent-mark'
import { Link } from '@/components/ui/link'
import { visible } from '@/lib/core/visible'
import type { BeadView } from '@/lib/services/views'
import { type GraphNode, graphWords, layoutGraph, nodeHeight, nodeWidth } from './layout'

interface AgentGraphProps {
  readonly flow: readonly string[]
  readonly beads: readonly BeadView[]
  /** Where the run stands; null once it has ended. */
  readonly at: string | null
  readonly selected: string | null
  readonly href: (bead: number) => string
}

/** Who handed to whom, and how often it went back. A step selects its last bead. */
export function AgentGraph({ flow, beads, at, selected, href }: AgentGraphProps) {
  const graph = layoutGraph(flow, beads)
  if (graph.nodes.length === 0) return null
  return (
    <figure className="rounded-lg border bg-surface px-3 py-2">
      {/* biome-ignore lint/a11y/noSvgWithoutTitle: its links have names, and the caption has the whole in words */}
      <svg
        viewBox={`0 0 ${graph.width} ${graph.height}`}
        width={graph.width}
        height={graph.height}
        className="mx-auto block h-auto max-w-full"
      >
        <defs>
          <marker
            id="arrow"
            viewBox="0 0 8 8"
            refX="7"
            refY="4"
            markerWidth="6"
            markerHeight="6"
            orient="auto"
          >
            <path d="M0 0L8 4L0 8Z" fill="context-stroke" />
          </marker>
        </defs>
        {graph.edges.map((edge) => (
          <g key={`${edge.from} ${edge.to} ${edge.back}`} aria-hidden>
            <path
              d={edge.path}
              fill="none"
              stroke={edge.back ? 'var(--orange)' : edge.gone ? 'var(--muted)' : 'var(--line-strong)'}
              strokeWidth={edge.gone ? 1.5 : 1}
              strokeDasharray={edge.gone ? undefined : '3 3'}
              markerEnd="url(#arrow)"
            />
            {(edge.count > 1 || edge.back) && (
              <text
                x={edge.x}
                y={edge.y + 4}
                fontSize="11"
                textAnchor={edge.back ? 'end' : 'start'}
                fill={edge.back ? 'var(--orange)' : 'var(--muted)'}
                className="num"
              >
                {edge.count}×
              </text>
            )}
          </g>
        ))}
        {graph.nodes.map((node) => (
          <Node
            key={node.step}
            node={node}
            x={graph.left}
            current={node.step === at}
            selected={node.step === selected}
            href={node.bead === null ? null : href(node.bead)}
          />
        ))}
      </svg>
      <figcaption className="sr-only">
        <ul>
          {graphWords(graph).map((words) => (
            <li key={words}>{visible(words)}</li>
          ))}
          {at && <li>It stands at {visible(at)}.</li>}
        </ul>
      </figcaption>
    </figure>
  )
}

interface NodeProps {
  readonly node: GraphNode
  readonly x: number
  readonly current: boolean
  readonly selected: boolean
  readonly href: string | null
}

function Node({ node, x, current, selected, href }: NodeProps) {
  const name = node.step.replace('gate:', '')
  const box = (
    <>
      <rect
        x={x}
        y={node.y}
        width={nodeWidth}
        height={nodeHeight}
        rx="6"
        fill={selected ? 'var(--accent-tint)' : 'var(--raised)'}
        stroke={current ? 'var(--blue)' : selected ? 'var(--accent)' : 'var(--line-strong)'}
        strokeWidth={current || selected ? 2 : 1}
        strokeDasharray={node.bead === null ? '3 3' : undefined}
      />
      <circle cx={x + 13} cy={node.y + nodeHeight / 2} r="4" className={clsx('bar', stepTone(node.step))} />
      <text
        x={x + 24}
        y={node.y + nodeHeight / 2 + 4}
        fontSize="12"
        fill={href ? 'var(--ink)' : 'var(--faint)'}
      >
        {visible(name.length > 14 ? `${name.slice(0, 13)}…` : name)}
      </text>
      {node.times > 1 && (
        <text
          x={x + nodeWidth - 8}
          y={node.y + nodeHeight / 2 + 4}
          fontSize="11"
          textAnchor="end"
          fill="var(--muted)"
          className="num"
        >
          {node.times}
        </text>
      )}
    </>
  )
  if (href === null) return <g aria-hidden>{box}</g>
  const title = current ? `${node.step}: the run stands here` : node.step
  return (
    <Link href={href} scroll={false}>
      <title>{visible(title)}</title>
      {box}
    </Link>
  )
}
