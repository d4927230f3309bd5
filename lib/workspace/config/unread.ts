import { parse } from 'yaml'
import type { Config } from '@/lib/core/config'
import { parseConfig } from './parse'

interface Unread {
  /** Keys that lead there; `[]` stands for every entry of a list. */
  readonly path: string
  /** Absent: always without effect. */
  readonly when?: (value: unknown, config: Config, at: readonly number[]) => boolean
}

/** Keys that devpilot.yaml may hold, because its format has them, and that nothing reads in this version. */
export const unread: readonly Unread[] = [
  { path: 'supervision.gates[].notify[]', when: (value) => value !== 'github' },
  // A gate asks people whenever its trigger holds; only `confidence_gate` elsewhere would promise something else.
  {
    path: 'supervision.gates[].type',
    when: (value, config, [index = 0]) =>
      value === 'confidence_gate' && config.supervision.gates?.[index]?.trigger !== 'on_low_confidence',
  },
  { path: 'agents.tester.generate_on' },
  { path: 'agents.debugger.sources' },
  { path: 'integrations.gitlab' },
  { path: 'integrations.sentry' },
  { path: 'integrations.slack' },
  { path: 'integrations.jira' },
  { path: 'integrations.github.enabled' },
  ...['cron', 'time_zone', 'missed'].map((key) => ({
    path: `pipeline.triggers[].${key}`,
    when: (_value: unknown, config: Config, [index = 0]: readonly number[]) =>
      !isSchedule(config, index, key),
  })),
  {
    path: 'llm.base_url',
    when: (_value, { llm }) => llm.provider !== undefined && llm.provider !== 'compatible',
  },
]

/** Only `on: schedule` has times, and without `cron` it has none. */
function isSchedule({ pipeline }: Config, index: number, key: string): boolean {
  const entry = pipeline.triggers[index]
  return entry?.on === 'schedule' && (key === 'cron' || entry.cron !== undefined)
}

/**
 * A sentence for each key that is set in the file and has no effect, so that none is ignored in silence.
 * @param text of a devpilot.yaml
 * @throws AppError('bad_config') for a text that is no valid configuration
 */
export function unreadWarnings(text: string): string[] {
  const config = parseConfig(text)
  const value: unknown = parse(text)
  return unread.flatMap(({ path, when }) =>
    found(value, path.split('.'), '', [])
      .filter((one) => when === undefined || when(one.value, config, one.at))
      .map((one) => `\`${one.path}\` in devpilot.yaml has no effect in this version.`),
  )
}

interface Found {
  readonly path: string
  readonly value: unknown
  readonly at: readonly number[]
}

function found(value: unknown, keys: readonly string[], path: string, at: readonly number[]): Found[] {
  const [key, ...rest] = keys
  if (key === undefined) return [{ path, value, at }]
  const name = key.replace('[]', '')
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return []
  const inner: unknown = Reflect.get(value, name)
  const here = path === '' ? name : `${path}.${name}`
  if (!key.endsWith('[]')) return found(inner, rest, here, at)
  if (!Array.isArray(inner)) return []
  return inner.flatMap((item: unknown, index) => found(item, rest, `${here}[${index}]`, [...at, index]))
}
