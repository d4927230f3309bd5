import { z } from 'zod'
import { commandTool } from '@/lib/agents/tools/commands'
import { readTools, writeTools } from '@/lib/agents/tools/files'
import type { Task } from '@/lib/core/plan'
import { currentTask } from '@/lib/core/run'
import { unfinished, workAgent } from './agent'
import { newProblems, runCheckTool } from './checks'
import type { Bench, Step, StepContext } from './ports'
import { commentsText, diffText, issueText, section, taskText } from './text'

/** The plan names the files; the map only shows what lies around them. */
const MAP_TOKENS = 1_000
const MAX_DIFF = 40_000

export const codedSchema = z.object({
  status: z.enum(['done', 'needs_scope']),
  summary: z.string().min(1).max(4_000),
  confidence: z.number().min(0).max(1),
  files: z.array(z.string()).default([]).describe('With needs_scope: the files that are needed.'),
})

/** One task of the plan into code, within the files that the plan declares. */
export const coder: Step = async (context) => {
  const bench = await context.bench()
  const task = currentTask(context.run.state) ?? wholeTask(context)
  const scope =
    context.run.state.tasks.length > 0 ? task.files_likely_affected : (context.run.task.files ?? null)
  const workspace = bench.workspace(scope)
  const end = await workAgent(context, {
    agent: 'coder',
    workspace,
    tools: [...readTools(workspace), ...writeTools(workspace), ...checkTools(context, bench.facts.commands)],
    output: codedSchema,
    accept: async (coded) => {
      if (coded.status === 'needs_scope') {
        return coded.files.length === 0 ? 'needs_scope must name the files that are needed.' : null
      }
      await workspace.commit('devpilot: coder')
      if ((await workspace.diff()) === '')
        return 'Nothing has changed yet. If nothing needs to, the plan was wrong: needs_scope.'
      return newProblems(context)
    },
    values: {
      task: taskText(task),
      issue: issueText(context.run.task),
      scope: scope === null ? 'Any file of the repository.' : scope.map((file) => `- ${file}`).join('\n'),
      project: bench.facts.text,
      instructions: section('Instructions of the repository', bench.facts.instructions),
      style: section('Style guide', bench.facts.styleGuide),
      commands: bench.facts.commands.filter((name) => name !== 'test').join(', ') || 'none',
      feedback: await feedbackText(context, bench),
      map: await bench.map(`${taskText(task)}\n${task.files_likely_affected.join('\n')}`, MAP_TOKENS),
    },
  })
  const headSha = await workspace.headSha()
  if (end.kind !== 'finished') {
    const outcome = unfinished(end, (reason) => ({ kind: 'out_of_iterations', reason }))
    return { outcome, run: { headSha } }
  }
  await context.record.artifact('diff', await workspace.diff())
  const { status, summary, confidence, files } = end.value
  const kept = { summary, confidence, files: (await bench.changed()).map((change) => change.path) }
  if (status === 'needs_scope') {
    return { outcome: { kind: 'needs_scope', files, reason: summary }, summary: kept, run: { headSha } }
  }
  return { outcome: { kind: 'done' }, summary: kept, run: { headSha } }
}

/** What the reviewer wants settled, and the change as it stands, so that it is not read together again. */
async function feedbackText({ run }: StepContext, bench: Bench): Promise<string> {
  const { feedback } = run.state
  if (feedback.length === 0) return ''
  const wanted = section(
    'Sent back: settle every blocking point; a warning may be declined with the reason in your summary',
    commentsText(feedback),
  )
  return `${wanted}\n\n${section('Your change so far', diffText(await bench.diffBefore(), MAX_DIFF))}`
}

function checkTools(context: StepContext, commands: readonly string[]) {
  const [first, ...rest] = commands.filter((name) => name !== 'test')
  return first === undefined ? [] : [commandTool([first, ...rest], (name) => runCheckTool(context, name))]
}

/** A coder that is run by itself, or after a debugger, has the trigger's text for its task. */
function wholeTask({ run }: StepContext): Task {
  return {
    id: 'T1',
    title: run.task.title,
    description: run.task.body,
    files_likely_affected: run.task.files ?? ['./'],
    acceptance_criteria: ['The task is done as described.'],
    estimated_complexity: 'medium',
    dependencies: [],
  }
}
