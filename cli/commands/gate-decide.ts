import { z } from 'zod'
import { AppError } from '@/lib/errors'
import type { GateView } from '@/lib/services/views'
import type { Api } from '../api'
import { confirm } from '../ask'
import { withApi } from '../connect'
import { exitCodes } from '../exit-codes'
import { followRun } from '../follow'
import { gateText } from '../gate-text'
import { type CommandModule, type Invocation, parseOptions } from '../invocation'
import type { Io } from '../io'
import { resolveGate } from '../resolve'
import { say } from '../say'

const options = z.object({
  id: z.string().min(1).optional(),
  reason: z.string().trim().min(1).optional(),
  yes: z.boolean().default(false),
  detach: z.boolean().default(false),
})
type Options = z.output<typeof options>

export const approve: CommandModule = {
  async command({ args, options: raw, io }) {
    const given = parseOptions(options, raw)
    return withApi(io, async (api) => {
      const gate = await find(api, args, given)
      io.note(gateText(gate, { ...io, paint: io.paintNote, columns: io.noteColumns }, false))
      const commit = `commit ${gate.headSha.slice(0, 12)}${gate.target ? ` for ${gate.target}` : ''}`
      // Who may not is not asked first: the service says why.
      const asks = gate.mayApprove.may && !given.yes
      if (asks && !(await confirm(io, `\nApprove ${commit}?`, '--yes', false))) {
        throw new AppError('cancelled', 'Not approved: nothing has changed.')
      }
      const decided = await decide(api, gate, 'approve', given)
      return after(api, decided, given, io)
    })
  },
}

export const reject: CommandModule = {
  async command({ args, options: raw, io }: Invocation) {
    const given = parseOptions(options, raw)
    if (given.reason === undefined) {
      throw new AppError('bad_request', 'A rejection says why.', {
        place: '--reason',
        mend: 'Add --reason "…".',
      })
    }
    return withApi(io, async (api) => {
      const decided = await decide(api, await find(api, args, given), 'reject', given)
      io.data(decided, () => `⊘ Rejected ${decided.name} of ${decided.runTitle}.`)
      const { runId, sendsBackTo: to } = decided
      if (to) io.note(`Back to the ${to}, with what was said: ${say(`runs retry ${runId} --from ${to}`)}`)
      return exitCodes.ok
    })
  },
}

async function find(api: Api, args: readonly unknown[], { id }: Options): Promise<GateView> {
  return api.getGate(await resolveGate(api, id ?? (typeof args[0] === 'string' ? args[0] : undefined)))
}

/** Bound to the evidence that was shown: a change since then is refused. */
function decide(
  api: Api,
  gate: GateView,
  decision: 'approve' | 'reject',
  { reason }: Options,
): Promise<GateView> {
  return api.decideGate(gate.id, { decision, evidence: gate.evidence, ...(reason ? { reason } : {}) })
}

async function after(api: Api, gate: GateView, { detach }: Options, io: Io): Promise<number> {
  io.note(`${io.paintNote('green', '✓ Approved')} ${gate.name} of ${gate.runTitle}.`)
  if (gate.status === 'waiting') {
    io.note(`It waits for ${gate.requiredApprovers - gate.approvals} more.`)
    io.data(gate, () => '')
    return exitCodes.gate
  }
  if (!detach) return followRun(api, gate.runId, io, { since: gate.closedAt })
  io.data(gate, () => '')
  return exitCodes.ok
}
