import { type Checked, found, ok, warn } from '@/lib/core/checked'
import type { Config } from '@/lib/core/config'
import { configFile } from '@/lib/core/names'
import { detectProject, projectSettings } from '@/lib/workspace/project/detect'
import { hasTestFiles, missingPaths } from '@/lib/workspace/project/named-paths'
import type { Found, Project, TestCheck } from '@/lib/workspace/project/project'
import type { ProjectReader } from '@/lib/workspace/project/reader'
import { lookAtConfig } from './config'
import { warningMend } from './warning-mend'

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
  return { config, configState, project, checks: [check, ...projectChecks(project, reader.files)] }
}

function projectChecks(project: Project, files: readonly string[]): Checked[] {
  const { language, manager, test, lint, types, warnings } = project
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
      ? testCheck(test, files)
      : warn('tests', 'none found: the tester can only check what it writes', set('test_command')),
    lint
      ? command('lint', { ...lint, value: lint.value.command }, files)
      : warn('lint', 'none found', set('lint_command')),
    types
      ? command('types', { ...types, value: types.value.command }, files)
      : ok('types', 'none found; nothing checks types apart from the tests'),
    ...other.map((text) => warn('project', text, warningMend(text, project))),
  ]
}

function testCheck({ value, from }: Found<TestCheck>, files: readonly string[]): Checked {
  const its = { value: value.command, from }
  const read = command('tests', its, files, value.framework)
  if (read.status !== 'ok' || hasTestFiles(value, files)) return read
  const detail = `${said(its, value.framework)}: no file looks like a test`
  return warn('tests', detail, 'Add a test first, or the tester can only check what it writes.')
}

/** A command that was read and not run; one that names what is not there is warned of. */
function command(
  name: 'tests' | 'lint' | 'types',
  its: Found<string>,
  files: readonly string[],
  tool?: string,
): Checked {
  const missing = missingPaths(its.value, files)
  if (missing.length === 0) return found(name, said(its, tool))
  const detail = `${said(its, tool)}: ${missing.join(', ')} ${missing.length === 1 ? 'is' : 'are'} not in the repository`
  return warn(name, detail, `Correct the command, or set project.${settingOf[name]} in ${configFile}.`)
}

const settingOf = { tests: 'test_command', lint: 'lint_command', types: 'type_command' } as const

function said({ value, from }: Found<string>, tool?: string): string {
  const known = tool === undefined || tool === 'unknown' ? '' : `, ${tool}`
  return `${value} (${from === 'config' ? configFile : from}${known})`
}
