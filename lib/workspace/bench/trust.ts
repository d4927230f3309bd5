import type { Config } from '@/lib/core/config'
import type { Env } from '@/lib/env'
import { AppError } from '@/lib/errors'

type Trust = Env['DEVPILOT_TRUST'][number]

/**
 * Whoever writes a repository's devpilot.yaml is not the owner of this machine: what takes protection from the
 * machine needs the owner's word as well.
 * @param trusted DEVPILOT_TRUST of this machine
 * @throws AppError('bad_config') that names every setting at once, with the variable to set
 */
export function assertTrusted({ sandbox }: Config, trusted: readonly Trust[]): void {
  const asked: readonly (readonly [Trust, boolean, string])[] = [
    ['none', sandbox.adapter === 'none', 'sandbox.adapter: none'],
    ['paths', sandbox.paths.length > 0, `sandbox.paths: ${sandbox.paths.join(', ')}`],
    ['egress', sandbox.egress.length > 0, `sandbox.egress: ${sandbox.egress.join(', ')}`],
  ]
  const refused = asked.filter(([name, is]) => is && !trusted.includes(name))
  if (refused.length === 0) return
  const settings = refused.map(([, , setting]) => `\`${setting}\``).join(' and ')
  const wanted = [...new Set([...trusted, ...refused.map(([name]) => name)])].join(',')
  throw new AppError(
    'bad_config',
    `The configuration asks for ${settings}, which this machine's owner has not allowed.`,
    {
      place: refused.map(([, , setting]) => setting.split(':')[0]).join(', '),
      mend: `Take it out of the configuration, or trust it on this machine: DEVPILOT_TRUST=${wanted}`,
    },
  )
}
