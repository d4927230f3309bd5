import type { BeadView } from '@/lib/services/views'

export interface GraphNode {
  readonly step: string
  /** The last bead of the step, which a click selects; null where the run has not come so far. */
  readonly bead: number | null
  readonly times: number
  readonly y: number
}

export interface GraphEdge {
  readonly from: string
  readonly to: string
  readonly count: number
  /** It leads back to a step that stands above, or to the step itself. */
  readonly back: boolean
  /** It has been gone; else the flow only says that it would be. */
  readonly gone: boolean
  /** An SVG path. */
  readonly path: string
  /** Where its count stands. */
  readonly x: number
  readonly y: number
}

export interface Graph {
  readonly nodes: readonly GraphNode[]
  readonly edges: readonly GraphEdge[]
  /** Where the column of steps begins. */
  readonly left: number
  readonly width: number
  readonly height: number
}

export const nodeHeight = 26
export const nodeWidth = 132
const gap = 18
/** Room for an arc per step that it passes. */
const lane = 14
const pad = 8

type Beads = readonly Pick<BeadView, 'step' | 'seq'>[]

/**
 * Who handed to whom, drawn as a column: steps in the order of the flow (those it does not name where they first
 * came), what goes on to the next one straight down, what passes steps by an arc on the right, what goes back by an
 * arc on the left with the number of times.
 */
export function layoutGraph(flow: readonly string[], beads: Beads): Graph {
  const steps = orderOf(flow, beads)
  const place = new Map(steps.map((step, index) => [step, index]))
  const moves = movesOf(flow, beads)
  const reach = (back: boolean): number =>
    Math.max(0, ...moves.filter((move) => isBack(move, place) === back).map((move) => distance(move, place)))
  const left = pad + Math.max(1, reach(true)) * lane + 18
  const centre = left + nodeWidth / 2
  const right = left + nodeWidth
  const top = (step: string): number => pad + (place.get(step) ?? 0) * (nodeHeight + gap)
  const nodes = steps.map((step) => {
    const own = beads.filter((bead) => bead.step === step)
    return { step, bead: own.at(-1)?.seq ?? null, times: own.length, y: top(step) }
  })
  const edges = moves.map((move): GraphEdge => {
    const far = distance(move, place)
    const back = isBack(move, place)
    if (!back && far === 1) {
      const y1 = top(move.from) + nodeHeight
      const y2 = top(move.to)
      return { ...move, back, path: `M${centre} ${y1}V${y2}`, x: centre + 8, y: (y1 + y2) / 2 }
    }
    const y1 = top(move.from) + nodeHeight * (back ? 0.35 : 0.65)
    const y2 = top(move.to) + nodeHeight * (back ? 0.65 : 0.35)
    const side = back ? left : right
    const out = back ? side - Math.max(1, far) * lane : side + far * lane
    // To itself: a small loop.
    const [a, b] = far === 0 ? [top(move.from) + 4, top(move.from) + nodeHeight - 4] : [y1, y2]
    return {
      ...move,
      back,
      path: `M${side} ${a}C${out} ${a} ${out} ${b} ${side} ${b}`,
      x: (side + 3 * out) / 4 + (back ? -4 : 4),
      y: (a + b) / 2,
    }
  })
  const width = right + pad + Math.max(1, reach(false)) * lane + 12
  return { nodes, edges, left, width, height: pad * 2 + steps.length * (nodeHeight + gap) - gap }
}

interface Move {
  readonly from: string
  readonly to: string
  readonly count: number
  readonly gone: boolean
}
type Places = ReadonlyMap<string, number>

const distance = ({ from, to }: Move, place: Places): number =>
  Math.abs((place.get(to) ?? 0) - (place.get(from) ?? 0))
const isBack = ({ from, to }: Move, place: Places): boolean => (place.get(to) ?? 0) <= (place.get(from) ?? 0)

/** The flow's steps, and each other step after the one that it first followed. */
function orderOf(flow: readonly string[], beads: Beads): readonly string[] {
  const order = [...new Set(flow)]
  beads.forEach(({ step }, index) => {
    if (order.includes(step)) return
    const before = beads[index - 1]?.step
    order.splice(before === undefined ? 0 : order.indexOf(before) + 1, 0, step)
  })
  return order
}

/** The ways that were gone, with how often, and the flow's own from where the run stands on. */
function movesOf(flow: readonly string[], beads: Beads): readonly Move[] {
  const gone = new Map<string, Move>()
  beads.forEach(({ step }, index) => {
    const from = beads[index - 1]?.step
    if (from === undefined) return
    const key = JSON.stringify([from, step])
    gone.set(key, { from, to: step, count: (gone.get(key)?.count ?? 0) + 1, gone: true })
  })
  const last = beads.at(-1)?.step
  const reached = Math.max(-1, ...beads.map((bead) => flow.lastIndexOf(bead.step)))
  const ahead = flow.slice(Math.max(0, reached)).flatMap((from, index, rest): Move[] => {
    const to = rest[index + 1]
    if (to === undefined || gone.has(JSON.stringify([from, to]))) return []
    return [{ from, to, count: 0, gone: false }]
  })
  return last === undefined && flow.length < 2 ? [...gone.values()] : [...gone.values(), ...ahead]
}

/** The graph in words, for who does not see it. */
export function graphWords({ edges }: Graph): readonly string[] {
  return edges
    .filter((edge) => edge.gone)
    .map(({ from, to, count, back }) => {
      const times = count === 1 ? 'once' : count === 2 ? 'twice' : `${count} times`
      return from === to ? `${from} again, ${times}` : `${from} ${back ? 'back to' : 'to'} ${to}, ${times}`
    })
}
