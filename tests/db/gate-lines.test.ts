import { desc, eq } from 'drizzle-orm'
import { beforeAll, describe, expect, test } from 'vitest'
import { artifacts, auditLog, gateComments, gates, runEvents } from '@/drizzle/schema'
import { sha256 } from '@/lib/db/client'
import { newId } from '@/lib/db/ids'
import type { ServiceContext } from '@/lib/services/context'
import { commentGate } from '@/lib/services/gates/comment'
import { getGate } from '@/lib/services/gates/get'
import { getRun } from '@/lib/services/runs/get'
import { gateViewSchema, runViewSchema } from '@/lib/services/views'
import { describeDatabases, type TestDatabase } from '../support/database'
import { contextOf, runAtGate, user } from '../support/services'

const diff = `diff --git a/src/a.ts b/src/a.ts
--- a/src/a.ts
+++ b/src/a.ts
@@ -10,3 +10,4 @@ export
 one
-two
+2
+3
 four
@@ -40 +41 @@
-old
+new
diff --git a/src/was.ts b/src/is.ts
similarity index 100%
rename from src/was.ts
rename to src/is.ts
`
const place = (line: number, side: 'old' | 'new' = 'new', path = 'src/a.ts') => ({ path, side, line })

describeDatabases((open) => {
  let opened: TestDatabase
  let ctx: ServiceContext

  beforeAll(async () => {
    opened = await open()
    ctx = contextOf(opened)
  })

  const say = (gate: string, at: ReturnType<typeof place>, who = ctx, body = 'Why?') =>
    commentGate({ ctx: who, input: { gate, body, place: at } })
  const nothingSaid = async (gate: string) =>
    expect(await ctx.db.$count(gateComments, eq(gateComments.gateId, gate))).toBe(0)

  describe('bad input', () => {
    test('a file or a line that the diff does not have is named, with what it has', async () => {
      const { gate } = await runAtGate(ctx, 1, diff)
      await expect(say(gate, place(1, 'new', 'src/b.ts'))).rejects.toMatchObject({
        code: 'bad_request',
        place: 'place.path',
        message: expect.stringContaining('src/b.ts'),
      })
      // A renamed file has its new name, on both sides.
      await expect(say(gate, place(1, 'old', 'src/was.ts'))).rejects.toMatchObject({ place: 'place.path' })
      await expect(say(gate, place(99))).rejects.toMatchObject({
        code: 'bad_request',
        place: 'place.line',
        message: expect.stringContaining('line 99 on the new side of src/a.ts'),
        mend: 'It shows lines 10–13, 41–41 there.',
      })
      await expect(say(gate, place(13, 'old'))).rejects.toMatchObject({ place: 'place.line' })
      await expect(say(gate, place(1, 'new', 'src/is.ts'))).rejects.toMatchObject({
        place: 'place.line',
        mend: expect.stringContaining('shows no line'),
      })
      for (const line of [0, -1, 1.5, 2 ** 31, Number.NaN])
        await expect(say(gate, place(line))).rejects.toMatchObject({
          code: 'bad_request',
          place: 'place.line',
        })
      await expect(say(gate, place(10, 'new', ''))).rejects.toMatchObject({ place: 'place.path' })
      await nothingSaid(gate)
    })

    test('agents and their keys, who may only look, too long a text, and no gate', async () => {
      const { gate } = await runAtGate(ctx, 1, diff)
      const agent = { ...ctx, actor: { kind: 'agent', id: 'coder', name: 'coder' } } as const
      await expect(say(gate, place(10), agent)).rejects.toMatchObject({ code: 'forbidden' })
      const viewer = { ...contextOf(opened, 'vera'), grants: ['read'] } as const
      await expect(say(gate, place(10), viewer)).rejects.toMatchObject({ code: 'forbidden' })
      await expect(say(gate, place(10), ctx, 'x'.repeat(4_001))).rejects.toMatchObject({ place: 'body' })
      await expect(say(newId(), place(10))).rejects.toMatchObject({ code: 'not_found' })
      await nothingSaid(gate)
    })

    test('half a place is refused by the database, too', async () => {
      const { gate } = await runAtGate(ctx, 1, diff)
      const half = { id: newId(), gateId: gate, actor: ctx.actor, actorId: 'owner', body: 'x', line: 3 }
      await expect(ctx.db.insert(gateComments).values(half)).rejects.toThrow()
    })
  })

  test('a comment stands at its line, with the words as they are, in view, audit and log', async () => {
    const { run, gate, evidence } = await runAtGate(ctx, 1, diff)
    const words = '<b>why</b> \u202e two?'
    const said = await say(gate, place(11, 'old'), contextOf(opened, 'mia'), words)
    expect(said).toMatchObject({ body: words, place: place(11, 'old'), evidence, earlier: false, gate })
    // A line that both sides have is one line, however it is asked for.
    expect((await say(gate, place(12, 'old'))).place).toEqual(place(13))
    const view = gateViewSchema.parse(await getGate({ ctx, input: { gate } }))
    expect(view.comments.map((it) => [it.actor.id, it.place?.line, it.earlier])).toEqual([
      ['mia', 11, false],
      ['owner', 13, false],
    ])
    const [audited] = await ctx.db
      .select()
      .from(auditLog)
      .where(eq(auditLog.chain, run))
      .orderBy(desc(auditLog.seq))
      .offset(1)
      .limit(1)
    expect(audited).toMatchObject({
      action: 'gate.commented',
      actor: user('mia'),
      data: { comment: said.id, evidence, place: place(11, 'old') },
    })
    const events = await ctx.db.select().from(runEvents).where(eq(runEvents.runId, run))
    expect(events.flatMap(({ data }) => ('comment' in data ? [data.place] : []))).toEqual([
      place(11, 'old'),
      place(13),
    ])
  })

  test('what was said of an earlier change is marked as that, at the later gate and at the run', async () => {
    const { run, gate, bead } = await runAtGate(ctx, 1, diff)
    await say(gate, place(11))
    await commentGate({ ctx, input: { gate, body: 'As a whole.' } })
    const later = diff.replace('+3\n', '+three\n')
    const artifact = newId()
    const kept = { id: artifact, runId: run, beadId: bead, kind: 'diff', content: later }
    const createdAt = new Date(Date.now() + 60_000)
    await ctx.db.insert(artifacts).values({ ...kept, sha256: sha256(later), createdAt })
    const [first] = await ctx.db.select().from(gates).where(eq(gates.id, gate))
    if (!first) expect.fail('no gate')
    await ctx.db.update(gates).set({ status: 'void' }).where(eq(gates.id, gate))
    const next = { ...first, id: newId(), diffArtifactId: artifact, evidenceHash: sha256('next') }
    await ctx.db.insert(gates).values({ ...next, openedAt: createdAt })
    await say(next.id, place(11))
    const seen = async (id: string) =>
      (await getGate({ ctx, input: { gate: id } })).comments.map((it) => [it.gate, it.earlier])
    expect(await seen(gate)).toEqual([
      [gate, false],
      [gate, false],
    ])
    expect(await seen(next.id)).toEqual([
      [gate, true],
      [gate, true],
      [next.id, false],
    ])
    // The run shows those of lines.
    const view = runViewSchema.parse(await getRun({ ctx, input: { run } }))
    expect(view.comments.map((it) => [it.gate, it.earlier])).toEqual([
      [gate, true],
      [next.id, false],
    ])
  })
})
