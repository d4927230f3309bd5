import { z } from 'zod'
import { runAgent } from '@/lib/agents/loop'
import type { Model } from '@/lib/agents/model'
import { parsePrompt } from '@/lib/agents/prompt'
import { defineTool } from '@/lib/agents/tool'
import type { Outcome } from '@/lib/core/outcome'
import { packageFile } from '@/lib/root'
import type { StepRecord } from '@/lib/steps/ports'
import type { Work } from './scripted-engine'
import { type Answer, call } from './scripted-model'

/** Two looks, then the end: three turns. */
export const lookTwice: readonly Answer[] = [
  { calls: [call('look', { at: 1 })] },
  { calls: [call('look', { at: 2 })] },
  { calls: [call('finish', { text: 'done' })] },
]

const tools = '---\nversion: 1\nplaceholders: []\n---\n# look\nLook.\n\n# finish\nFinish.\n'
const prompts = (name: string) =>
  parsePrompt(name, name === 'tools' ? tools : packageFile(`prompts/${name}.md`))

/**
 * A coder's step: the real loop of agents with a scripted model and a tool that looks.
 * @param onLook runs while the tool does
 */
export async function scriptedCoder(
  { signal, hangUp }: Work,
  record: StepRecord,
  model: Model,
  onLook: (at: number) => Promise<void> = async () => {},
): Promise<Outcome> {
  const look = defineTool({
    name: 'look',
    parameters: z.object({ at: z.number() }),
    run: async ({ at }) => {
      await onLook(at)
      return `looked at ${at}`
    },
  })
  const spec = {
    prompt: prompts('coder'),
    task: 'Look twice.',
    tools: [look],
    output: z.object({ text: z.string() }),
    accept: async () => null,
    limits: { turns: 9, wallMs: 600_000, tokens: 10_000, maxTokens: 100, temperature: 0 },
  }
  const commit = async () => null
  const end = await runAgent(spec, { model, record, prompts, commit, now: Date.now, signal, hangUp })
  return end.kind === 'finished' ? { kind: 'done' } : { kind: 'stuck', reason: end.kind }
}
