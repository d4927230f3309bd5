import { defaultConfig } from '@/lib/core/config'
import { meaningChanges, meaningOf } from '@/lib/core/config-meaning'
import { configFile } from '@/lib/core/names'
import { env } from '@/lib/env'
import { AppError, toAppError } from '@/lib/errors'
import type { ConfigCheck, ConfigReader } from '@/lib/services/repositories/config-view'
import { assertTrusted } from '@/lib/workspace/bench/trust'
import { scheduleWarnings } from '@/lib/workspace/config/clock-changes'
import { readConfig } from '@/lib/workspace/config/parse'
import { configText } from '@/lib/workspace/config/template'
import { unreadWarnings } from '@/lib/workspace/config/unread'
import { detectProject } from '@/lib/workspace/project/detect'

/** Reads configuration texts with the schema that runs are read with. */
export const configReader: ConfigReader = {
  check(text, base) {
    const read = readConfig(text)
    if ('problems' in read) {
      return { valid: false, problems: [...read.problems], warnings: [], meaning: [], changes: null }
    }
    const { config } = read
    const warnings = [...unreadWarnings(text), ...scheduleWarnings(config, new Date()), ...untrusted(config)]
    const changes = base === undefined ? null : meaningChanges(baseConfig(base), config)
    return { valid: true, problems: [], warnings, meaning: meaningOf(config), changes }
  },
  async template({ name, branch, forge, read, list }) {
    const project = await detectProject({ files: await list(), read })
    const language = project.language.value
    return configText({
      name,
      language: language === 'unknown' ? null : language,
      testCommand: project.test?.value.command ?? null,
      lintCommand: project.lint?.value.command ?? null,
      typeCommand: project.types?.value.command ?? null,
      mainBranch: branch,
      integrations: forge === 'github' ? ['github'] : [],
    })
  },
}

/** What holds now: the file's, or the defaults where there is none or no run could begin with it. */
function baseConfig(text: string | null) {
  const read = text === null ? null : readConfig(text)
  return read && 'config' in read ? read.config : defaultConfig()
}

function untrusted(config: Parameters<typeof assertTrusted>[0]): ConfigCheck['warnings'] {
  try {
    assertTrusted(config, env().DEVPILOT_TRUST)
    return []
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    const { message, mend } = toAppError(error)
    return [`${message} No run begins with this ${configFile} until then. ${mend ?? ''}`.trim()]
  }
}
