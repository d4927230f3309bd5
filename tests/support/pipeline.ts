import { chmodSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll } from 'vitest'
import { isEnded } from '@/lib/core/status'
import { createLocalForgeStore } from '@/lib/db/local-forge'
import { createLocalForge } from '@/lib/forge/local'
import { openRuntime, owner, type Runtime } from '@/lib/runtime'
import { startEngine } from '@/lib/runtime/engine'
import { localPullUrl } from '@/lib/runtime/forge'
import { listAudit } from '@/lib/services/audit/list'
import type { ServiceContext } from '@/lib/services/context'
import { decideGate } from '@/lib/services/gates/decide'
import { getGate } from '@/lib/services/gates/get'
import { listEvents } from '@/lib/services/runs/events'
import { getRun } from '@/lib/services/runs/get'
import { startRun } from '@/lib/services/runs/start'
import { findRunSummary } from '@/lib/services/runs/summary'
import { listTurns } from '@/lib/services/runs/turns'
import type { AuditEntry, GateView, RunView, TurnView } from '@/lib/services/views'
import { selectSandbox } from '@/lib/workspace/sandbox/select'
import { type ModelServer, modelServer, type Script } from './model-server'
import { makeRepository, temporaryFolder } from './repos'
import { requires } from './require'
import { configFor, script as goodScript, smallProject } from './small-project'
import { giveDatabase } from './template'

/** Whether commands can be run here; whole runs need it. */
export async function haveBubblewrap(): Promise<boolean> {
  const { sandbox } = await selectSandbox({ choice: 'bubblewrap' })
  return requires('bubblewrap', sandbox !== null)
}

type StartRun = Omit<Parameters<typeof startRun>[0]['input'], 'repository'>

/** A repository of its own with a model of its own. */
export interface Project {
  readonly root: string
  readonly model: ModelServer
}

export interface ProjectSpec {
  /** Files beside those of the small project, or `null` for none of it. */
  readonly files?: Readonly<Record<string, string | Buffer>>
  readonly bare?: boolean
  readonly script?: Script
  /** YAML of the top level of devpilot.yaml beside the model. */
  readonly config?: string
}

export interface Pipeline {
  readonly home: string
  readonly ctx: ServiceContext
  readonly runtime: Runtime
  folder(): string
  project(spec?: ProjectSpec): Promise<Project>
  start(repository: string, input?: StartRun): Promise<string>
  /** The run, once it ended, waits for people, or is out of money. */
  rested(run: string): Promise<RunView>
  /** Starts, and waits until it rests. */
  run(repository: string, input?: StartRun): Promise<RunView>
  gate(view: RunView): Promise<GateView>
  /** Approves the gate that the run waits at, and waits until it rests again. */
  approved(view: RunView): Promise<RunView>
  turns(view: RunView): Promise<TurnView[]>
  audit(view: RunView): Promise<readonly AuditEntry[]>
  /** Does something while no worker works. */
  still(work: () => Promise<void>): Promise<void>
  /** What was written under an issue of a local repository. */
  comments(view: RunView, root: string, issue: number): Promise<string[]>
  /** Every text of the live log. */
  log(view: RunView): Promise<string>
}

const REST_MS = 90_000

/** The whole program in this process, for the tests of one file: database, engine, services, sandbox and git. */
export function pipeline(concurrency = 2): Pipeline {
  const folders: { dispose(): void }[] = []
  const servers: ModelServer[] = []
  let opened: Runtime | undefined
  const runtime = (): Runtime => {
    if (!opened) throw new Error('the pipeline is open from beforeAll on')
    return opened
  }
  const folder = (): string => {
    const made = temporaryFolder('pipeline')
    // The sandbox runs as another user when the tests run as root.
    chmodSync(made.path, 0o755)
    folders.push(made)
    return made.path
  }
  const home = folder()
  beforeAll(async () => {
    await giveDatabase(home)
    opened = await openRuntime({ home })
    await startEngine(opened, { concurrency })
  })
  afterAll(async () => {
    for (const server of servers) await server.close()
    await opened?.close()
    for (const made of folders) made.dispose()
  })
  const ctx = () => runtime().context(owner('test'))
  const rested = (run: string): Promise<RunView> => restedRun(ctx(), run)
  const start = async (repository: string, input: StartRun = {}): Promise<string> =>
    (await startRun({ ctx: ctx(), input: { flow: 'issue', task: 'add() must add.', ...input, repository } }))
      .id
  return {
    home,
    folder,
    start,
    rested,
    get ctx() {
      return ctx()
    },
    get runtime() {
      return runtime()
    },
    async project({ files = {}, bare = false, script = goodScript(), config = '' } = {}) {
      const model = await modelServer(script)
      servers.push(model)
      const all = { ...(bare ? {} : smallProject), 'devpilot.yaml': configFor(model.url, config), ...files }
      return { root: makeRepository(folder(), all), model }
    },
    run: async (repository, input) => rested(await start(repository, input)),
    gate: (view) => getGate({ ctx: ctx(), input: { gate: gateIdOf(view) } }),
    async approved(view) {
      const gate = gateIdOf(view)
      const { evidence } = await getGate({ ctx: ctx(), input: { gate } })
      await decideGate({ ctx: ctx(), input: { gate, decision: 'approve', evidence } })
      return rested(view.id)
    },
    async turns(view) {
      const pages = view.beads.map((bead) =>
        listTurns({ ctx: ctx(), input: { run: view.id, bead: bead.id, limit: 100 } }),
      )
      return (await Promise.all(pages)).flatMap((page) => page.items)
    },
    audit: async (view) => (await listAudit({ ctx: ctx(), input: { run: view.id, limit: 200 } })).items,
    async comments(view, repositoryPath, issue) {
      const urlFor = (number: number) => localPullUrl(view.id, number)
      const store = createLocalForgeStore(runtime().database.db, view.repository?.id ?? '', urlFor)
      const { comments } = await createLocalForge({ repositoryPath, store, urlFor }).getIssue(issue)
      return comments.map((comment) => comment.body)
    },
    async still(work) {
      await runtime().engine?.stop()
      delete runtime().engine
      try {
        await work()
      } finally {
        await startEngine(runtime(), { concurrency })
      }
    },
    async log(view) {
      const events = await listEvents({ ctx: ctx(), input: { run: view.id } })
      return events.flatMap(({ kind, data }) => (kind === 'log' ? [String(data.text)] : [])).join('\n')
    },
  }
}

async function restedRun(ctx: ServiceContext, run: string): Promise<RunView> {
  const until = Date.now() + REST_MS
  for (;;) {
    const now = await findRunSummary(ctx.db, run)
    if (!now) throw new Error(`the run ${run} is gone`)
    const { status } = now
    if (isEnded(status) || status === 'paused_budget' || (status === 'waiting_gate' && now.gateId))
      return getRun({ ctx, input: { run } })
    if (Date.now() > until)
      throw new Error(`the run is still ${status} at ${now.step} after ${REST_MS / 1_000} s: ${now.detail}`)
    await sleep(50)
  }
}

function gateIdOf(view: RunView): string {
  if (view.gateId === null)
    throw new Error(`the run waits at no gate: ${view.status}, ${view.detail} ${view.error?.message ?? ''}`)
  return view.gateId
}

/** The steps that a run took, in their order. */
export function stepsOf(view: RunView): string[] {
  return view.beads.filter((bead) => bead.status !== 'skipped').map((bead) => bead.step)
}
