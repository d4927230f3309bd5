import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parsePrompt, render } from '@/lib/agents/prompt'
import { agentNames } from '@/lib/core/flow'
import { packageFile, packageRoot } from '@/lib/root'

const head = '---\nversion: 1.2\nplaceholders: [who, what]\n---\n'
const files = readdirSync(join(packageRoot(), 'prompts')).filter((name) => name.endsWith('.md'))

describe('a prompt file that is wrong says so, with its name', () => {
  test.each([
    ['no front matter', '# System\nx', 'has no front matter'],
    ['empty', '', 'has no front matter'],
    ['no version', '---\nplaceholders: []\n---\n# System\nx', 'names no version'],
    ['an undeclared placeholder', `${head}# System\n{{where}}`, 'uses {{where}}, which it does not declare'],
  ])('%s', (_what, text, problem) => {
    expect(() => parsePrompt('coder', text)).toThrow(`The prompt coder.md ${problem}`)
  })

  test('an unknown, a missing value and a missing section throw', () => {
    const prompt = parsePrompt('coder', `${head}# Task\n{{who}} {{what}}`)
    expect(() => render(prompt, 'task', { who: 'a', what: 'b', where: 'c' })).toThrow(
      'has no placeholder {{where}}',
    )
    expect(() => render(prompt, 'task', { who: 'a' })).toThrow('got no {{what}}')
    expect(() => render(prompt, 'system')).toThrow('has no section "system"')
    expect(() => render(prompt, 'constructor')).toThrow('has no section')
  })

  test('values are put in as they are: neither placeholders nor $ patterns in them mean anything', () => {
    const prompt = parsePrompt('coder', `${head}# Task\n{{who}} {{what}}`)
    expect(render(prompt, 'task', { who: '{{what}}', what: '$& $1' })).toBe('{{what}} $& $1')
  })

  test('Windows line ends and another text: same sections, another hash', () => {
    const text = `${head}# Task\n{{who}}\n`
    const windows = parsePrompt('coder', text.replaceAll('\n', '\r\n'))
    expect(windows.sections).toEqual(parsePrompt('coder', text).sections)
    expect(windows.hash).not.toBe(parsePrompt('coder', text).hash)
    expect(windows.version).toBe('1.2')
  })
})

describe('the prompts that ship', () => {
  test.each(files)('%s parses, and uses every placeholder that it declares', (file) => {
    const prompt = parsePrompt(file.replace(/\.md$/, ''), packageFile(`prompts/${file}`))
    const used = [
      ...Object.values(prompt.sections)
        .join('\n')
        .matchAll(/\{\{(\w+)\}\}/g),
    ].map(([, name]) => name)
    expect([...new Set(used)].toSorted()).toEqual([...prompt.placeholders].toSorted())
  })

  test('every agent has a system and a task section', () => {
    for (const name of agentNames) {
      const { sections } = parsePrompt(name, packageFile(`prompts/${name}.md`))
      expect([sections.system, sections.task].every((text) => text && text.length > 100)).toBe(true)
    }
  })

  test.each([
    'list_files',
    'read_file',
    'search_code',
    'edit_file',
    'write_file',
    'delete_file',
    'run_command',
    'git_diff',
    'finish',
  ])('the tool %s has a description', (tool) => {
    expect(render(parsePrompt('tools', packageFile('prompts/tools.md')), tool).length).toBeGreaterThan(10)
  })

  test.each([
    ['no_tool_call', {}],
    ['truncated', {}],
    ['not_kept', {}],
    ['hint', { reason: 'circles' }],
    ['not_accepted', { problem: 'lint' }],
  ])('the loop has its message %s', (section, values) => {
    const text = render(parsePrompt('loop', packageFile('prompts/loop.md')), section, values)
    for (const value of Object.values(values)) expect(text).toContain(value)
  })
})
