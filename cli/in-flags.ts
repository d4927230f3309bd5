import { AppError } from '@/lib/errors'
import { inputMends } from '@/lib/services/parse'

/** Fields that are said with a flag here. */
const flags: Readonly<Record<string, string>> = {
  at: '--at',
  turn: '--turn',
  task: '--task',
  issue: '--issue',
  log: '--log',
  files: '--files',
  flow: '--flow',
  trigger: '--trigger',
  priority: '--priority',
  provider: '--provider',
  model: '--model',
  config: '--config',
  reason: '--reason',
  scopes: '--scopes',
  days: '--days',
  budgetUsd: '--budget',
  repository: '--repo',
}
const fieldMends: readonly (string | undefined)[] = Object.values(inputMends)

/** An error about fields of a service, as people at a terminal know them: by their flags. */
export function inFlags(error: AppError): AppError {
  if (error.code !== 'bad_request') return error
  const { place, mend } = error
  const flag = place === undefined ? undefined : flags[place]
  return new AppError(error.code, named(error.message), {
    ...(place === undefined ? {} : { place: flag ?? place }),
    ...(mend === undefined ? {} : { mend: mendOf(mend) }),
    cause: error,
  })
}

function mendOf(mend: string): string {
  if (fieldMends.includes(mend)) return 'See `--help` of this command.'
  return mend.replaceAll(/`([a-zA-Z]+)`/g, (whole, field: string) => flags[field] ?? whole)
}

/** `turn: …; reason: …` with the flags in place of the fields. */
function named(message: string): string {
  return message.replaceAll(/(^|; )([a-zA-Z]+)(?=: )/g, (whole, before: string, field: string) => {
    const flag = flags[field]
    return flag === undefined ? whole : `${before}${flag}`
  })
}
