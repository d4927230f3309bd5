import type { z } from 'zod'
import type { ReplayReport } from '@/lib/core/replay-report'
import type { exportAuditInput } from '@/lib/services/audit/export'
import type { listAuditInput } from '@/lib/services/audit/list'
import type { AuditReport } from '@/lib/services/audit/report'
import type { listGatesInput } from '@/lib/services/gates/list'
import type { createKeyInput } from '@/lib/services/keys/create'
import type { listKeysInput } from '@/lib/services/keys/list'
import type { KeyView, MadeKey } from '@/lib/services/keys/view'
import type { forkRunInput } from '@/lib/services/runs/fork-input'
import type { ingestRunInput } from '@/lib/services/runs/ingest-input'
import type { ListRuns } from '@/lib/services/runs/list-input'
import type { replayRunInput } from '@/lib/services/runs/replay'
import type { requeueRunsInput } from '@/lib/services/runs/requeue'
import type { startRunInput } from '@/lib/services/runs/start-input'
import type { listSchedulesInput } from '@/lib/services/schedules/list'
import type { ScheduleView } from '@/lib/services/schedules/view'
import type {
  AuditEntry,
  GateItem,
  GateView,
  Page,
  Requeued,
  RunEvent,
  RunPage,
  RunSummary,
  RunView,
  StatsView,
} from '@/lib/services/views'

export type StartRunBody = z.input<typeof startRunInput>
type ListGates = z.input<typeof listGatesInput>
type ListAudit = z.input<typeof listAuditInput>
export type AuditFilter = z.input<typeof exportAuditInput>
export type IngestBody = z.input<typeof ingestRunInput>
export type ForkBody = Omit<z.input<typeof forkRunInput>, 'run'>
export type ReplayBody = Omit<z.input<typeof replayRunInput>, 'run'>
export type RequeueBody = z.input<typeof requeueRunsInput>
export type SignalName = 'cancel' | 'retry' | 'resume' | 'skip'

/** What commands ask for, whoever answers: a server over HTTP, or the same services in this process. */
export interface Api {
  readonly kind: 'server' | 'process'
  /** Where pages are, without a slash at the end; null while no server shows any. */
  readonly pages: string | null
  /** Refused when it would fail at once. @param follow whether this process is about to work on it */
  startRun(input: StartRunBody, follow?: boolean): Promise<RunSummary>
  listRuns(query: ListRuns): Promise<RunPage>
  getRun(id: string): Promise<RunView>
  signalRun(kind: SignalName, id: string, body: Readonly<Record<string, unknown>>): Promise<RunSummary>
  /** A new run that begins where another one was. */
  forkRun(run: string, body: ForkBody): Promise<RunSummary>
  replayRun(run: string, body: ReplayBody): Promise<ReplayReport>
  requeueRuns(body: RequeueBody): Promise<Requeued>
  /** Events after this id as they come, in batches; an empty batch now and then while nothing happens. */
  events(run: string, after: number, signal: AbortSignal): AsyncIterable<readonly RunEvent[]>
  listGates(query: ListGates): Promise<Page<GateItem>>
  getGate(id: string): Promise<GateView>
  decideGate(
    id: string,
    body: { decision: 'approve' | 'reject'; reason?: string; evidence: string },
  ): Promise<GateView>
  listSchedules(query: z.input<typeof listSchedulesInput>): Promise<Page<ScheduleView>>
  listAudit(query: ListAudit): Promise<Page<AuditEntry>>
  verifyAudit(run: string | undefined): Promise<AuditReport>
  listKeys(query: z.input<typeof listKeysInput>): Promise<Page<KeyView>>
  createKey(body: z.input<typeof createKeyInput>): Promise<MadeKey>
  /** @param key its id or prefix */
  revokeKey(key: string): Promise<KeyView>
  /** JSON lines, the oldest first, in blocks that end in a newline. */
  exportAudit(filter: AuditFilter): AsyncIterable<string>
  stats(): Promise<StatsView>
  /** A log for /api/cline. */
  ingest(log: IngestBody): Promise<void>
  /** In this process: does the work of runs while it is open. Against a server: nothing, the server does. */
  work(): Promise<void>
  /** Hands leases back and closes. */
  close(): Promise<void>
}
