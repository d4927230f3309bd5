import type { Ask, Reply, Role, Script } from './model-server'

/** A library of one function that subtracts where it should add, with a test that does not notice. */
export const smallProject: Readonly<Record<string, string>> = {
  'package.json': '{"name":"small","version":"1.0.0","type":"module","scripts":{"test":"node --test"}}\n',
  'src/add.js': 'export function add(a, b) {\n  return a - b\n}\n',
  'test/add.test.js':
    "import assert from 'node:assert/strict'\nimport { test } from 'node:test'\nimport { add } from '../src/add.js'\n\ntest('adds nothing', () => {\n  assert.equal(add(2, 0), 2)\n})\n",
}

/** A devpilot.yaml whose model is a server of the test; `more` is further YAML of the top level. */
export function configFor(url: string, more = ''): string {
  return `llm:\n  provider: compatible\n  model: scripted\n  base_url: ${url}\n  prices:\n    input_per_million: 2\n    output_per_million: 8\n${more}`
}

/** Hands something in. */
export const finish = (value: unknown): Reply => ({ calls: [['finish', value]] })

export const planOf = (files: readonly string[], more: Readonly<Record<string, unknown>> = {}) => ({
  summary: 'add() subtracts.',
  tasks: [
    {
      id: 'T1',
      title: 'Let add() add',
      description: 'The operator is wrong.',
      files_likely_affected: files,
      acceptance_criteria: ['add(2, 2) is 4'],
    },
  ],
  confidence: 0.95,
  ...more,
})

export const approval = {
  decision: 'approve',
  confidence: 0.97,
  comments: [],
  summary: 'It does what it says.',
}

export const objection = {
  decision: 'request_changes',
  confidence: 0.9,
  comments: [
    { file: 'src/add.js', line: 2, severity: 'blocking', category: 'correctness', body: 'Not like this.' },
  ],
  summary: 'No.',
}

export const theEdit = [
  'edit_file',
  { path: 'src/add.js', old_text: 'return a - b', new_text: 'return a + b' },
] as const

export const codedWell = {
  status: 'done',
  summary: 'add() adds.',
  confidence: 0.95,
}

const newTest =
  "import assert from 'node:assert/strict'\nimport { test } from 'node:test'\nimport { add } from '../src/add.js'\n\ntest('adds two and two', () => {\n  assert.equal(add(2, 2), 4)\n})\n"

/** What a good model does with the small project, each role by its turn. */
const good: Readonly<Record<Role, Script>> = {
  planner: () => finish(planOf(['src/add.js'])),
  coder: ({ turn }) => (turn === 0 ? { calls: [theEdit] } : finish(codedWell)),
  reviewer: () => finish(approval),
  tester: ({ turn }) =>
    turn === 0
      ? { calls: [['write_file', { path: 'test/sum.test.js', content: newTest }]] }
      : finish({
          tests: [{ file: 'test/sum.test.js', name: 'adds two and two', proves: 'It adds.' }],
          summary: 'One test.',
          confidence: 0.9,
        }),
  debugger: () => {
    throw new Error('nothing is to be debugged')
  },
}

/** The good model, with some roles that do otherwise. */
export function script(others: Partial<Readonly<Record<Role, Script>>> = {}): Script {
  return (ask: Ask) => (others[ask.role] ?? good[ask.role])(ask)
}
