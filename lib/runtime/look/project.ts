import { type Checked, ok, warn } from '@/lib/core/checked'
import type { Config } from '@/lib/core/config'
import { configFile } from '@/lib/core/names'
import { detectProject, projectSettings } from '@/lib/workspace/project/detect'
import type { Found, Project } from '@/lib/workspace/project/project'
import type { ProjectReader } from '@/lib/workspace/project/reader'
import { lookAtConfig } from './config'

export interface ProjectLook {
  readonly config: Config
  readonly configState: 'absent' | 'valid' | 'invalid'
  readonly project: Project
  readonly checks: readonly Checked[]
}

/** What a repository is, from its files, and what of it DevPilot can work with. Nothing of it is run. */
export async function lookAtProject(reader: ProjectReader, configText: string | null): Promise<ProjectLook> {
  const { config, check } = lookAtConfig(configText)
  const project = await detectProject(reader, projectSettings(config))
  const configState = configText === null ? 'absent' : check.status === 'fail' ? 'invalid' : 'valid'
  return { config, configState, project, checks: [check, ...projectChecks(project)] }
}

function projectChecks({ language, manager, test, lint, types, warnings }: Project): Checked[] {
  const set = (key: string) => `Set project.${key} in ${configFile}, if there is one.`
  const other = warnings.filter((text) => !/^No (?:tests were|linter was) found/.test(text))
  return [
    language.value === 'unknown'
      ? warn('language', `not known: ${language.from} tell none`, `Set project.language in ${configFile}.`)
      : ok('language', `${language.value} (${language.from})`),
    manager
      ? ok('package manager', `${manager.value} (${manager.from})`)
      : ok('package manager', 'none found: nothing is installed'),
    test
      ? ok('tests', said({ ...test, value: test.value.command }, test.value.framework))
      : warn('tests', 'none found: the tester can only check what it writes', set('test_command')),
    lint
      ? ok('lint', said({ ...lint, value: lint.value.command }))
      : warn('lint', 'none found', set('lint_command')),
    types
      ? ok('types', said({ ...types, value: types.value.command }))
      : ok('types', 'none found; nothing checks types apart from the tests'),
    ...other.map((text) => warn('project', text, `Correct it there, or in ${configFile}.`)),
  ]
}

function said({ value, from }: Found<string>, tool?: string): string {
  const known = tool === undefined || tool === 'unknown' ? '' : `, ${tool}`
  return `${value} (${from === 'config' ? configFile : from}${known})`
}
