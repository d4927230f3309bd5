/**
 * A real worker process for tests: `tsx worker-process.ts '{"home":…,"url":…,"script":…,"hang":true}'`. It drives every
 * due run with a coder whose model answers from a shared script, and prints `hanging` in the middle of a call's tool.
 */
import { z } from 'zod'
import { runAgent } from '@/lib/agents/loop'
import { parsePrompt } from '@/lib/agents/prompt'
import { defineTool } from '@/lib/agents/tool'
import { openDatabase } from '@/lib/db/client'
import { packageFile } from '@/lib/root'
import { drain, goOn, scriptedEngine } from './scripted-engine'
import { call, sharedScript } from './scripted-model'

const given = z
  .object({ home: z.string(), url: z.string().optional(), script: z.string(), hang: z.boolean() })
  .parse(JSON.parse(process.argv[2] ?? '{}'))
const { db, close } = await openDatabase({ home: given.home, url: given.url })
const answers = [
  { calls: [call('look', { at: 1 })] },
  { calls: [call('look', { at: 2 })] },
  { calls: [call('finish', { text: 'done' })] },
]
const prompts = (name: string) =>
  parsePrompt(name, name === 'tools' ? tools : packageFile(`prompts/${name}.md`))
const tools = '---\nversion: 1\nplaceholders: []\n---\n# look\nLook.\n\n# finish\nFinish.\n'
const model = sharedScript(answers, given.script)
const seen: boolean[] = []
const engine = scriptedEngine(
  db,
  async (work, record) => {
    if (work.bead.step !== 'coder') return goOn(work, ['prepare', 'coder', 'reviewer'])
    seen.push(work.bead.resumed)
    const look = defineTool({
      name: 'look',
      parameters: z.object({ at: z.number() }),
      run: async ({ at }) => {
        if (given.hang && at === 2) {
          process.stdout.write('hanging\n')
          await new Promise((resolve) => setTimeout(resolve, 600_000))
        }
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
    const { signal, hangUp } = work
    const end = await runAgent(spec, {
      model,
      record,
      prompts,
      commit: async () => null,
      now: Date.now,
      signal,
      hangUp,
    })
    return end.kind === 'finished' ? { kind: 'done' } : { kind: 'stuck', reason: end.kind }
  },
  { owner: `process:${process.pid}` },
)
await drain(engine)
process.stdout.write(`resumed ${seen.join()}\n`)
await close()
