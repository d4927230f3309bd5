import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { agentNames } from '@/lib/core/flow'
import { packageRoot } from '@/lib/root'
import { readAgents } from '@/lib/runtime/agents'
import { roster } from '@/lib/steps/roster'

/** The sets of tools that models were offered in the demo's recorded run. */
function offered(): string[] {
  const lines = readFileSync(join(packageRoot(), 'samples/recordings/duration.jsonl'), 'utf8')
    .trim()
    .split('\n')
  return lines.flatMap((line) => {
    const { value } = JSON.parse(line)
    if (typeof value !== 'string' || !value.startsWith('[{')) return []
    const tools: { name?: string }[] = JSON.parse(value)
    return tools.every(({ name }) => name)
      ? [
          tools
            .map(({ name }) => name)
            .sort()
            .join(),
        ]
      : []
  })
}

test('agents have the tools that models were really offered', () => {
  const real = offered()
  expect(real.length).toBeGreaterThanOrEqual(3)
  const listed = agentNames.map((name) => [...roster[name].tools, 'finish'].sort().join())
  // The sample has tests and no linter: a coder there has no command to run.
  const without = listed.map((names) => names.replace('run_command,', ''))
  for (const tools of real) expect([...listed, ...without]).toContain(tools)
})

const own = (text: string) => ({ read: async (path: string) => (path.endsWith('coder.md') ? text : null) })

test('an agent is told with its prompt, limits and model; without a key, why none can be asked', async () => {
  const sheets = await readAgents(null)
  expect(sheets.map(({ agent }) => agent)).toEqual([...agentNames])
  expect(sheets[1]).toMatchObject({
    prompt: { own: false, path: 'prompts/coder.md', problem: null },
    limits: { turns: 40 },
  })
  for (const { tools, output } of sheets) {
    expect(tools.every(({ about }) => about.length > 10)).toBe(true)
    expect(JSON.parse(output)).toMatchObject({ type: 'object' })
  }
})

test('a repository’s own prompt takes the place of ours, and one that cannot be used says why', async () => {
  const ours = readFileSync(join(packageRoot(), 'prompts/coder.md'), 'utf8')
  const coder = async (text: string) =>
    (await readAgents(own(text))).find(({ agent }) => agent === 'coder')?.prompt
  expect(await coder(ours.replace('version: 1.0', 'version: 9.9'))).toMatchObject({
    own: true,
    version: '9.9',
    problem: null,
  })
  expect(await coder('no front matter')).toMatchObject({
    own: false,
    problem: expect.stringContaining('no front matter'),
  })
})
