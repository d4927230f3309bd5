import type { FlowEdge, FlowGraph } from '@/lib/core/flow-graph'

/** Measures of the picture, in its own units. */
export const box = { left: 210, width: 232, height: 44, gap: 26, top: 12, inset: 34 } as const
const pitch = box.height + box.gap
const lane = { first: 16, step: 12 } as const
export const picture = { width: 900, right: box.left + box.width } as const

export interface PlacedStep {
  readonly step: string
  readonly inserted: boolean
  readonly x: number
  readonly y: number
  readonly width: number
}

/** An arrow beside the column: from one box round to another. */
export interface Loop {
  readonly edge: FlowEdge
  readonly path: string
  readonly labelX: number
  readonly labelY: number
  readonly lines: readonly string[]
}

/** A short arrow to the left, to people or to an end. */
export interface Exit {
  readonly edge: FlowEdge
  readonly y: number
  readonly fromX: number
  readonly lines: readonly string[]
}

export interface Placed {
  readonly height: number
  readonly steps: readonly PlacedStep[]
  /** The way down: lines between boxes that follow each other. */
  readonly downs: readonly {
    readonly path: string
    readonly label: string
    readonly x: number
    readonly y: number
  }[]
  readonly loops: readonly Loop[]
  readonly exits: readonly Exit[]
}

/** Where everything of a flow's picture stands: one column of steps, loops on its right, ways out on its left. */
export function placeFlow({ steps, edges }: FlowGraph): Placed {
  const rows = rowsOf(steps, edges)
  const placed = steps.map(({ step, inserted }, index): PlacedStep => {
    const x = box.left + (inserted ? box.inset : 0)
    return { step, inserted, x, y: rows[index] ?? 0, width: box.width - (inserted ? box.inset : 0) }
  })
  const at = (step: string) => placed.find((one) => one.step === step)
  const succeeded = edges.find(({ to }) => to.kind === 'end' && to.status === 'succeeded')
  const last = placed.at(-1)
  const endY = (last?.y ?? 0) + pitch
  return {
    height: endY + box.height / 2 + box.top,
    steps: placed,
    downs: [...downsOf(edges, at), ...(succeeded ? [toEnd(succeeded, at, endY)] : [])],
    loops: loopsOf(edges, at),
    exits: exitsOf(edges, at),
  }
}

/** A row is as high as the words on its left need. */
function rowsOf(steps: FlowGraph['steps'], edges: FlowGraph['edges']): number[] {
  let y: number = box.top
  return steps.map(({ step }) => {
    const here = y
    const left = edges.filter((edge) => edge.from === step && edge.way === 'out').flatMap(exitLines).length
    const right = edges.filter((edge) => edge.from === step && isLoop(edge)).flatMap(loopLines).length
    y += Math.max(pitch, Math.max(left, right) * LINE + 14)
    return here
  })
}

export const LINE = 15

type At = (step: string) => PlacedStep | undefined

const isLoop = (edge: FlowEdge) => edge.to.kind === 'step' && edge.way === 'back'

function downsOf(edges: readonly FlowEdge[], at: At): Placed['downs'] {
  return edges.flatMap((edge) => {
    const [from, to] = [at(edge.from), edge.to.kind === 'step' ? at(edge.to.step) : undefined]
    if (edge.way !== 'next' || !from || !to) return []
    // Past an inserted box the line runs along its left side.
    const x = to.inserted ? to.x + 24 : from.inserted ? from.x + 24 : box.left + 18
    const path = `M${x} ${from.y + box.height}V${to.y - 5}`
    // Past an inserted box its words stand where it ends, so that they do not lie on the other's.
    const far = to.y - from.y > 2 * pitch && !to.inserted
    const labelY = far ? to.y - 10 : from.y + box.height + 17
    return [{ path, label: edge.when.join(', '), x: x + 10, y: labelY }]
  })
}

function toEnd(edge: FlowEdge, at: At, endY: number): Placed['downs'][number] {
  const from = at(edge.from)
  const y = (from?.y ?? 0) + box.height
  return {
    path: `M${box.left + 18} ${y}V${endY - 5}`,
    label: edge.when.join(', '),
    x: box.left + 28,
    y: y + 17,
  }
}

function loopsOf(edges: readonly FlowEdge[], at: At): Loop[] {
  const loops = edges.flatMap((edge) => {
    const [from, to] = [at(edge.from), edge.to.kind === 'step' ? at(edge.to.step) : undefined]
    return isLoop(edge) && from && to ? [{ edge, from, to }] : []
  })
  // The shortest lie nearest, so that arrows cross as little as can be.
  const inOrder = [...loops].sort((a, b) => a.from.y - a.to.y - (b.from.y - b.to.y))
  const leaving = new Map<string, number>()
  const labelX = picture.right + lane.first + lane.step * loops.length + 14
  const lanes = new Map(inOrder.map(({ edge }, index) => [edge, index]))
  return loops.map(({ edge, from, to }) => {
    const before = leaving.get(edge.from) ?? 0
    const lines = loopLines(edge)
    leaving.set(edge.from, before + lines.length)
    const x = picture.right + lane.first + lane.step * (lanes.get(edge) ?? 0)
    const fromY = from.y + 14 + Math.min(before * LINE, box.height - 20)
    const toY = to.y + box.height - 10
    const path = `M${picture.right} ${fromY}H${x - 5}Q${x} ${fromY} ${x} ${fromY - 5}V${toY + 5}Q${x} ${toY} ${x - 5} ${toY}H${picture.right + 6}`
    return { edge, path, labelX, labelY: from.y + 18 + before * LINE, lines }
  })
}

function exitsOf(edges: readonly FlowEdge[], at: At): Exit[] {
  const before = new Map<string, number>()
  return edges.flatMap((edge) => {
    const from = at(edge.from)
    if (edge.way !== 'out' || !from) return []
    const lines = exitLines(edge)
    const above = before.get(edge.from) ?? 0
    before.set(edge.from, above + lines.length)
    return [{ edge, y: from.y + 14 + above * LINE, fromX: from.x, lines }]
  })
}

/** Words for an arrow to the left: what is meant first, then when. */
export function exitLines({ to, when }: FlowEdge): string[] {
  const head = to.kind === 'people' ? 'asks people' : `ends ${to.kind === 'end' ? to.status : ''}`
  return [head, ...when.flatMap((text) => wrap(text, 30))]
}

function loopLines({ to, when }: FlowEdge): string[] {
  const name = to.kind === 'step' ? to.step.replace(/^gate:/, '') : ''
  return wrap(`to ${name}: ${when.join('; ')}`, 44)
}

/** Lines of about so many letters, broken between words. */
function wrap(text: string, most: number): string[] {
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const last = lines.at(-1)
    if (last === undefined || last.length + word.length >= most) lines.push(word)
    else lines[lines.length - 1] = `${last} ${word}`
  }
  return lines
}
