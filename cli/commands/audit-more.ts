import { z } from 'zod'
import { auditFilter, auditFlags } from '../audit-filter'
import { withApi } from '../connect'
import { exitCodes } from '../exit-codes'
import { type CommandModule, parseOptions } from '../invocation'
import { resolveRun } from '../resolve'

const options = z.object({ run: z.string().min(1).optional() })

export const verify: CommandModule = {
  async command({ options: raw, io }) {
    const { run } = parseOptions(options, raw)
    return withApi(io, async (api) => {
      const report = await api.verifyAudit(run === undefined ? undefined : await resolveRun(api, run))
      io.data(report, () =>
        report.broken
          ? `${io.paint('red', '✗ Broken')} at entry ${report.broken.seq} of chain ${report.broken.chain}: ${report.broken.what}`
          : `${io.paint('green', '✓ Whole')}: ${report.entries} entries in ${report.chains} chains`,
      )
      return report.ok ? exitCodes.ok : exitCodes.error
    })
  },
}

export const exportLog: CommandModule = {
  async command({ options: raw, io }) {
    const filter = auditFilter(parseOptions(auditFlags, raw))
    return withApi(io, async (api) => {
      for await (const block of api.exportAudit(await filter(api))) {
        if (!process.stdout.write(block))
          await new Promise((resolve) => process.stdout.once('drain', resolve))
      }
      return exitCodes.ok
    })
  },
}
