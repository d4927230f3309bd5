import { type Checked, fail, ok, warn } from '@/lib/core/checked'
import { type Config, defaultConfig } from '@/lib/core/config'
import { configFile } from '@/lib/core/names'
import { env } from '@/lib/env'
import { toAppError } from '@/lib/errors'
import { assertTrusted } from '@/lib/workspace/bench/trust'
import { scheduleWarnings } from '@/lib/workspace/config/clock-changes'
import { parseConfig } from '@/lib/workspace/config/parse'
import { unreadWarnings } from '@/lib/workspace/config/unread'

export interface ConfigLook {
  /** The defaults where there is no file, or none that is valid. */
  readonly config: Config
  readonly check: Checked
}

/** What a devpilot.yaml is worth on this machine. @param text null: there is no such file */
export function lookAtConfig(text: string | null): ConfigLook {
  if (text === null) {
    const detail = 'absent: defaults hold; `devpilot init` writes one'
    return { config: defaultConfig(), check: ok(configFile, detail) }
  }
  try {
    const config = parseConfig(text)
    assertTrusted(config, env().DEVPILOT_TRUST)
    return { config, check: warned(text, config) }
  } catch (error) {
    const { message, mend } = toAppError(error)
    return { config: defaultConfig(), check: fail(configFile, message, mend ?? 'Correct it.') }
  }
}

function warned(text: string, config: Config): Checked {
  const unread = unreadWarnings(text)
  const late = scheduleWarnings(config, new Date())
  if (late.length > 0 && unread.length === 0) {
    return warn(configFile, late.join(' '), 'Name an hour that every day has, or leave it as it is.')
  }
  if (unread.length === 0) return ok(configFile, 'valid')
  return warn(configFile, [...unread, ...late].join(' '), 'Take these keys out, or leave them for later.')
}
