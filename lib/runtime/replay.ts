import { type Prompts, render, sectionOf } from '@/lib/agents/prompt'
import { buildRequest, nextMessage } from '@/lib/agents/request'
import { type AgentName, agentNames } from '@/lib/core/flow'
import { promptNames } from '@/lib/core/names'
import type { Opening } from '@/lib/core/opening'
import type { ReplayReport } from '@/lib/core/replay-report'
import { toTurn } from '@/lib/db/turns'
import { AppError } from '@/lib/errors'
import { firstDifference } from '@/lib/models/difference'
import { canonical, hashOf } from '@/lib/models/request-hash'
import type { Replayer, ReplayRecord } from '@/lib/services/runs/replay'
import { fileAt } from '@/lib/workspace/bench/base'
import { hasCommit } from '@/lib/workspace/git/bundle'
import { forkReaders } from './fork'
import { mirrorHere } from './mirror-here'
import { checkedPrompt, promptsOnRecord } from './prompts'
import { replayTools, toolsNotRun } from './replay-tools'

/** What this program of today makes of the record of a run. */
export function replayer(home: string): Replayer {
  return {
    limits: forkReaders.limits,
    async conversations(record, overrides) {
      const { baseSha } = record.run
      const found = await mirrorHere(home, record.repository)
      // A mirror that lacks the commit cannot tell whether the repository had a prompt of its own there.
      const mirror = found !== null && baseSha !== null && (await hasCommit(found, baseSha)) ? found : null
      const readBase = async (path: string) =>
        mirror === null || baseSha === null ? null : fileAt(mirror, baseSha, path)
      const given = { ...record.run.overrides.prompts, ...overrides }
      for (const name of promptNames) {
        const text = overrides?.[name]
        if (text !== undefined) checkedPrompt(name, text)
      }
      const prompts = await promptsOnRecord(readBase, given)
      const unread = (agent: AgentName) => mirror === null && given[agent] === undefined
      return record.beads.flatMap(({ bead, turns }) => {
        const agent = agentNames.find((name) => name === bead.step)
        // What a fork took over was asked by the run that it comes from.
        if (agent === undefined || turns.every((turn) => turn.inheritedMicros !== null)) return []
        const { seq, step, attempt } = bead
        const parting = refusal(agent, seq, turns, prompts)
        if (parting !== null)
          return [{ seq, step, attempt, turns: ownOf(turns).length, same: 0, parting, note: null }]
        const other = turns.some((turn) => turn.promptHash !== prompts(agent).hash)
        if (other && unread(agent))
          return [{ seq, step, attempt, turns: turns.length, same: 0, parting: null, note: noPrompts }]
        return [{ seq, step, attempt, ...conversation(agent, seq, turns, prompts) }]
      })
    },
    async tools(record) {
      const mirror = await mirrorHere(home, record.repository)
      if (mirror !== null) return replayTools(home, mirror, record)
      return toolsNotRun(record, 'The repository’s mirror is not on this machine.')
    },
  }
}

const noPrompts =
  'Its prompt is not ours, and the repository’s own cannot be read: the commit that the run began at is not on this machine.'
const changed =
  'The record does not give the request that was sent: it was changed, or today’s code puts it together otherwise.'

type Turns = ReplayRecord['beads'][number]['turns']
type Talk = Pick<ReplayReport['beads'][number], 'turns' | 'same' | 'parting' | 'note'>

const ownOf = (turns: Turns) => turns.filter((turn) => turn.inheritedMicros === null)

/** Where a prompt of the run is one that this program of today refuses: it would not get to its first turn. */
function refusal(agent: AgentName, bead: number, turns: Turns, prompts: Prompts): Talk['parting'] {
  for (const name of [agent, 'loop', 'tools'] as const) {
    try {
      prompts(name)
    } catch (error) {
      if (!(error instanceof AppError && error.code === 'bad_config')) throw error
      const turn = ownOf(turns)[0]?.seq ?? null
      const then = name === agent ? ` of the hash ${turns[0]?.promptHash}` : ''
      const lines = `  - ${name}.md${then}, taken then\n  + refused: ${error.message} ${error.mend ?? ''}`
      return { bead, step: agent, turn, place: `the prompt ${name}.md, which is refused today`, lines }
    }
  }
  return null
}

/** Each request of a conversation made again, up to the first that is not as it was. */
function conversation(agent: AgentName, bead: number, rows: Turns, prompts: Prompts): Talk {
  const turns = rows.map(toTurn)
  const own = ownOf(rows)
  let begins: Opening | null = null
  let same = 0
  for (const [index, row] of rows.entries()) {
    begins = row.opening ?? begins
    if (row.inheritedMicros !== null) continue
    const parted = (place: string, lines: string): Talk => ({
      turns: own.length,
      same,
      parting: { bead, step: agent, turn: row.seq, place, lines },
      note: null,
    })
    if (begins === null || row.requestHash === null) {
      if (prompts(agent).hash !== row.promptHash)
        return parted('the prompt', `  - ${row.promptHash}\n  + ${prompts(agent).hash}`)
      return {
        turns: own.length,
        same,
        parting: null,
        note: 'Its requests were not kept: an older DevPilot.',
      }
    }
    const before = turns.slice(0, index)
    const then = canonical(buildRequest(agent, begins, before, { text: row.request, fresh: row.fresh }))
    try {
      const told = nextMessage(prompts('loop'), before)
      if ('stuck' in told) return parted('the loop', `  - asked again\n  + stopped: ${told.stuck}`)
      const now = canonical(buildRequest(agent, ofToday(agent, begins, prompts), before, told))
      if (hashOf(now) !== row.requestHash) {
        if (hashOf(now) !== hashOf(then)) {
          const { place, lines } = firstDifference(then, now)
          return parted(place, lines)
        }
        return parted('the request', changed)
      }
    } catch (error) {
      if (!(error instanceof AppError)) throw error
      return parted('the loop', `  - asked again\n  + ${error.message}`)
    }
    same += 1
  }
  return { turns: own.length, same, parting: null, note: null }
}

/** The facts of then in the prompts of today. */
function ofToday(agent: AgentName, then: Opening, prompts: Prompts): Opening {
  const prompt = prompts(agent)
  const descriptions = prompts('tools')
  return {
    ...then,
    system: render(prompt, 'system'),
    template: sectionOf(prompt, 'task'),
    tools: then.tools.map((tool) => ({ ...tool, description: render(descriptions, tool.name) })),
  }
}
