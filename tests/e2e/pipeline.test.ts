import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { freshSample, recordingPath } from '@/cli/demo/sample'
import { packageFile } from '@/lib/root'
import { verifyAudit } from '@/lib/services/audit/verify'
import { decideGate } from '@/lib/services/gates/decide'
import { signalRun } from '@/lib/services/runs/signal'
import { spawnEnv } from '@/lib/workspace/sandbox/spawn-env'
import { haveBubblewrap, pipeline, stepsOf } from '../support/pipeline'
import { userGit, writeFiles } from '../support/repos'
import { codedWell, finish, objection, planOf, script, theEdit } from '../support/small-project'

const line = pipeline()
const able = await haveBubblewrap()
const quick = { steps: ['coder', 'pr', 'gate:pre-merge-main', 'merge'] }

describe.skipIf(!able)('the demo’s recording', () => {
  const asked = {
    trigger: 'github_issue' as const,
    task: undefined,
    issue: 1,
    overrides: { recording: recordingPath() },
  }

  it('goes from the issue to the merge, and every claim about it is on record', async () => {
    const repository = await freshSample(line.home)
    const before = userGit(repository, 'rev-parse', 'HEAD')
    const waiting = await line.run(repository, asked)
    expect(waiting.error).toBeNull()
    expect(waiting.status).toBe('waiting_gate')
    const upToTheGate = [
      ...['prepare', 'planner', 'coder', 'reviewer', 'coder', 'reviewer', 'tester', 'debugger', 'tester'],
      ...['pr', 'evaluate', 'gate:pre-merge-main'],
    ]
    expect(stepsOf(waiting)).toEqual(upToTheGate)
    expect(waiting.reviews.map(({ review }) => review.decision)).toEqual(['request_changes', 'approve'])
    expect(waiting.beads.filter((bead) => bead.outcome?.kind === 'tests_failed')).toHaveLength(1)
    expect(waiting.pullRequest?.state).toBe('draft')
    expect(userGit(repository, 'rev-parse', 'main')).toBe(before)

    const merged = await line.approved(waiting)
    expect([merged.status, merged.error]).toEqual(['succeeded', null])
    expect(stepsOf(merged)).toEqual([...upToTheGate, 'merge', 'reflect'])
    expect(merged.pullRequest).toMatchObject({ state: 'merged', target: 'main' })
    expect(userGit(repository, 'rev-parse', 'main')).toBe(merged.pullRequest?.mergeSha)
    expect(userGit(repository, 'symbolic-ref', 'HEAD')).toBe('refs/heads/main')
    expect(userGit(repository, 'status', '--porcelain')).toBe('')
    expect(readFileSync(join(repository, 'src/parse.js'), 'utf8')).toContain('Math.round')
    execFileSync(process.execPath, ['--test'], { cwd: repository, stdio: 'pipe', env: spawnEnv({}) })

    const turns = await line.turns(merged)
    expect(turns).toHaveLength(18)
    expect(merged.costMicros).toBeGreaterThan(0)
    expect(merged.costMicros).toBe(turns.reduce((sum, turn) => sum + turn.costMicros, 0))
    for (const turn of turns) {
      expect(turn.promptVersion).toMatch(/^\d+\.\d+$/)
      expect(turn.promptHash).toMatch(/^[0-9a-f]{12}$/)
      expect(turn.toolResults).not.toBeNull()
    }
    const kinds = (phase: string) =>
      new Set(merged.evidence.filter((one) => one.phase === phase).map((one) => one.kind))
    expect(kinds('baseline')).toEqual(new Set(['setup', 'tests']))
    expect([...kinds('change')]).toEqual(expect.arrayContaining(['tests', 'diff', 'secrets', 'proof']))
    const proof = merged.evidence.findLast((one) => one.kind === 'proof')
    expect(proof?.commit).toBe(merged.headSha)
    expect(proof?.data.provenBy).toEqual(
      expect.arrayContaining(['test/parse.test.js::gives whole milliseconds for every unit']),
    )
    expect(merged.score).toBe(merged.evaluation?.score)
    expect(merged.score).toBeGreaterThan(50)
    expect(await verifyAudit({ ctx: line.ctx, input: { run: merged.id } })).toMatchObject({ ok: true })
    expect((await line.audit(merged)).map((entry) => entry.action)).toEqual(
      expect.arrayContaining(['run.started', 'gate.approved']),
    )
  })

  it('fails loudly when a prompt has changed, with the command that records again', async () => {
    const repository = await freshSample(line.home)
    const prompt = packageFile('prompts/planner.md').replace('# System\n', '# System\nBe brief.\n')
    writeFiles(repository, { '.devpilot/prompts/planner.md': prompt })
    userGit(repository, 'add', '-A')
    userGit(repository, 'commit', '-q', '-m', 'our own prompt')
    const failed = await line.run(repository, asked)
    expect([failed.status, failed.error?.code, failed.turns]).toEqual(['failed', 'model_error', 0])
    expect(failed.error?.step).toBe('planner')
    expect(failed.error?.message).toContain('Be brief.')
    expect(failed.error?.mend).toContain('npm run demo -- --record')
  })
})

describe.skipIf(!able)('a run', () => {
  it('that is rejected merges nothing, says why, and can be tried again', async () => {
    const { root } = await line.project()
    const before = userGit(root, 'rev-parse', 'main')
    const waiting = await line.run(root, { overrides: quick })
    const { evidence, id: gate } = await line.gate(waiting)
    const decide = (input: object) =>
      decideGate({ ctx: line.ctx, input: { gate, decision: 'reject', evidence, ...input } })
    await expect(decide({})).rejects.toMatchObject({ code: 'bad_request', place: 'reason' })
    await decide({ reason: 'Not in this release.' })
    const rejected = await line.rested(waiting.id)
    expect(rejected).toMatchObject({ status: 'rejected', pullRequest: { state: 'draft', mergeSha: null } })
    expect(rejected.detail).toContain('Not in this release.')
    expect(userGit(root, 'rev-parse', 'main')).toBe(before)
    const entry = (await line.audit(rejected)).find((one) => one.action === 'gate.rejected')
    expect(entry).toMatchObject({ actor: { id: 'owner' }, data: { reason: 'Not in this release.' } })
    await expect(decide({ decision: 'approve' })).rejects.toMatchObject({ code: 'conflict' })
  })

  it('whose branch somebody pushed to after the approval asks again, with what is there now', async () => {
    const { root } = await line.project()
    const waiting = await line.run(root, { overrides: quick })
    const first = await line.gate(waiting)
    let theirs = ''
    await line.still(async () => {
      await decideGate({
        ctx: line.ctx,
        input: { gate: first.id, decision: 'approve', evidence: first.evidence },
      })
      userGit(root, 'checkout', '-q', first.branch ?? '')
      writeFiles(root, { 'README.md': '# by hand\n' })
      userGit(root, 'add', '-A')
      userGit(root, 'commit', '-q', '-m', 'by hand')
      theirs = userGit(root, 'rev-parse', 'HEAD')
      userGit(root, 'checkout', '-q', 'main')
    })
    const again = await line.rested(waiting.id)
    expect([again.status, again.gateId === first.id]).toEqual(['waiting_gate', false])
    expect(again.detail).toContain('The approval is void')
    const second = await line.gate(again)
    expect(second).toMatchObject({ headSha: theirs, approvals: 0 })
    expect(second.evidence).not.toBe(first.evidence)
    expect(second.diff).toContain('by hand')
    const merged = await line.approved(again)
    expect([merged.status, merged.error]).toEqual(['succeeded', null])
    expect(userGit(root, 'show', 'main:README.md')).toBe('# by hand')
  })

  it('makes no call that its budget does not hold, and goes on with more from its turns', async () => {
    const { root, model } = await line.project({
      script: script({
        planner: ({ turn }) =>
          turn === 0
            ? { calls: [['read_file', { path: 'src/add.js' }]], tokens: [20_000, 2_000] }
            : finish(planOf(['src/add.js'])),
      }),
    })
    const paused = await line.run(root, { budgetUsd: 0.1, overrides: { steps: ['planner', 'coder'] } })
    expect([paused.status, paused.turns, model.asked.length]).toEqual(['paused_budget', 1, 1])
    expect(paused.costMicros).toBe(56_000)
    expect(paused.detail).toMatch(/next call may cost \$0\.\d+; run budget: \$0\.06 of \$0\.10 is used/)
    const tooLittle = { kind: 'resume' as const, run: paused.id, budgetUsd: 0.05 }
    await expect(signalRun({ ctx: line.ctx, input: tooLittle })).rejects.toMatchObject({ place: 'budgetUsd' })
    await signalRun({ ctx: line.ctx, input: { ...tooLittle, budgetUsd: 1 } })
    const done = await line.rested(paused.id)
    expect([done.status, done.error]).toEqual(['succeeded', null])
    expect(model.asked.map((call) => call.role)).toEqual(['planner', 'planner', 'coder', 'coder'])
    expect(done.beads.filter((bead) => bead.step === 'planner')).toHaveLength(1)
  })

  it('of an issue with nothing to do is aborted, and the issue says why', async () => {
    const abort_reason = 'add() adds already.'
    const { root } = await line.project({
      files: { '.devpilot/issues/7.md': '# add() must add\n\nIt does not.\n' },
      script: script({
        planner: () => finish({ summary: 'Nothing.', tasks: [], confidence: 0.9, abort_reason }),
      }),
    })
    const aborted = await line.run(root, { task: undefined, issue: 7 })
    expect([aborted.status, aborted.error]).toEqual(['aborted', null])
    expect(aborted.detail).toBe(abort_reason)
    expect(aborted.pullRequest).toBeNull()
    expect(await line.comments(aborted, root, 7)).toEqual([
      expect.stringContaining(`DevPilot changed nothing: ${abort_reason}`),
    ])
  })

  it('with an unsure plan asks before any code is written, and goes on when told to', async () => {
    const { root, model } = await line.project({
      script: script({ planner: () => finish(planOf(['src/add.js'], { confidence: 0.4 })) }),
    })
    const asking = await line.run(root, { overrides: { steps: ['planner', 'coder'] } })
    expect(stepsOf(asking)).toEqual(['prepare', 'planner', 'gate:confidence-gate'])
    expect(asking.detail).toContain('0.4 sure, under the 0.75')
    expect((await line.gate(asking)).leadsTo).toContain('go on with coder: Let add() add')
    const done = await line.approved(asking)
    expect([done.status, stepsOf(done)]).toEqual([
      'succeeded',
      ['prepare', 'planner', 'gate:confidence-gate', 'coder', 'pr'],
    ])
    expect(model.asked.map((call) => call.role)).toEqual(['planner', 'coder', 'coder'])
  })

  it('plans again when the coder needs another file, and never writes it before', async () => {
    const { root, model } = await line.project({
      script: script({
        planner: ({ task }) =>
          finish(planOf(task.includes('Why it is sent back') ? ['src/add.js'] : ['README.md'])),
        coder: ({ task, turn }) =>
          task.includes('- src/add.js')
            ? turn === 0
              ? { calls: [theEdit] }
              : finish(codedWell)
            : turn === 0
              ? { calls: [theEdit] }
              : finish({ ...codedWell, status: 'needs_scope', files: ['src/add.js'] }),
      }),
    })
    const done = await line.run(root, { overrides: { steps: ['planner', 'coder'] } })
    expect([done.status, done.error]).toEqual(['succeeded', null])
    expect(stepsOf(done)).toEqual(['prepare', 'planner', 'coder', 'planner', 'coder', 'pr'])
    expect(model.asked).toHaveLength(6)
    const refused = (await line.turns(done))
      .flatMap((turn) => turn.toolResults ?? [])
      .filter((r) => r.isError)
    expect(refused).toHaveLength(1)
    expect(refused[0]?.content).toMatch(/src\/add\.js.*scope/s)
  })

  it('whose reviewer is never content comes to people after max_iterations', async () => {
    const { root } = await line.project({
      config: 'agents:\n  coder:\n    max_iterations: 2\n',
      script: script({ reviewer: () => finish(objection) }),
    })
    const asking = await line.run(root, { overrides: { steps: ['coder', 'reviewer'] } })
    expect(stepsOf(asking)).toEqual([
      'prepare',
      ...['coder', 'reviewer', 'coder', 'reviewer'],
      'gate:confidence-gate',
    ])
    expect(asking.detail).toContain('The reviewer still asks for changes after 2 tries')
    expect((await line.gate(asking)).reviews).toHaveLength(2)
  })

  it('that cannot be mended by the debugger comes to people with the failure', async () => {
    const cause = 'The base is wrong.'
    const { root } = await line.project({
      script: script({
        coder: ({ turn }) =>
          turn === 0
            ? { calls: [['edit_file', { ...theEdit[1], new_text: 'return a * b' }]] }
            : finish(codedWell),
        debugger: () =>
          finish({
            status: 'cannot_fix',
            root_cause: cause,
            hypotheses: [{ cause, likelihood: 0.9, evidence: 'none' }],
            confidence: 0.2,
          }),
      }),
    })
    const asking = await line.run(root, { overrides: { steps: ['planner', 'coder', 'tester', 'merge'] } })
    expect(stepsOf(asking)).toEqual([
      ...['prepare', 'planner', 'coder', 'tester', 'debugger'],
      'gate:confidence-gate',
    ])
    expect(asking.detail).toContain(`The debugger cannot fix it: ${cause}`)
    const tests = (await line.gate(asking)).checks.findLast((c) => c.kind === 'tests' && c.phase === 'change')
    expect(tests?.data).toMatchObject({ failed: 1 })
  })

  it('of scaffold asks no model, and merges what it wrote', async () => {
    const { root, model } = await line.project()
    const waiting = await line.run(root, { flow: 'scaffold', task: undefined })
    const merged = await line.approved(waiting)
    expect([merged.status, merged.costMicros, model.asked.length]).toEqual(['succeeded', 0, 0])
    expect(readFileSync(join(root, 'CONTRIBUTING.md'), 'utf8')).toContain('npm test')
    expect(userGit(root, 'status', '--porcelain')).toBe('')
  })

  it('of the coder alone ends with a pull request, and merges nothing', async () => {
    const { root } = await line.project()
    const done = await line.run(root, { overrides: { steps: ['coder'] } })
    expect([done.status, done.flowSteps]).toEqual(['succeeded', ['prepare', 'coder', 'pr']])
    expect(done.pullRequest).toMatchObject({ state: 'draft', branch: done.branch, headSha: done.headSha })
    expect(userGit(root, 'show', `${done.branch}:src/add.js`)).toContain('a + b')
    expect(userGit(root, 'show', 'main:src/add.js')).toContain('a - b')
  })

  it('that is cancelled in the middle of a call keeps nothing of the answer, and can be retried', async () => {
    let answer = (): void => undefined
    const { root, model } = await line.project({
      script: script({
        coder: async ({ turn, nth }) => {
          if (nth === 1) await new Promise<void>((resolve) => (answer = resolve))
          return turn === 0 ? { calls: [theEdit] } : finish(codedWell)
        },
      }),
    })
    const run = await line.start(root, { overrides: { steps: ['coder'] } })
    await expect.poll(() => model.asked.length, { timeout: 60_000 }).toBe(1)
    await signalRun({ ctx: line.ctx, input: { kind: 'cancel', run, reason: 'a mistake' } })
    answer()
    const cancelled = await line.rested(run)
    expect([cancelled.status, cancelled.turns]).toEqual(['cancelled', 0])
    const entry = (await line.audit(cancelled)).find((one) => one.action === 'run.cancelled')
    expect(entry?.data).toMatchObject({ reason: 'a mistake', replaced: { step: 'coder' } })
    await signalRun({ ctx: line.ctx, input: { kind: 'retry', run } })
    const done = await line.rested(run)
    expect([done.status, done.turns, model.asked.length]).toEqual(['succeeded', 2, 3])
    // The provider may have charged the answer that nobody waited for: its reservation counts as spent.
    const paid = (await line.turns(done)).reduce((sum, turn) => sum + turn.costMicros, 0)
    expect(done.costMicros).toBeGreaterThan(paid)
  })
})
