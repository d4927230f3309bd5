import type { RouteModule } from '@/lib/edge/openapi'
import * as analytics from '../analytics/[chart]/route'
import * as auditExport from '../audit/export/route'
import * as audit from '../audit/route'
import * as auditVerify from '../audit/verify/route'
import * as beads from '../beads/route'
import * as cline from '../cline/route'
import * as cronGates from '../cron/gates/route'
import * as cronMaintenance from '../cron/maintenance/route'
import * as cronSchedules from '../cron/schedules/route'
import * as cronTick from '../cron/tick/route'
import * as data from '../data/route'
import * as events from '../events/route'
import * as decision from '../gates/[id]/decision/route'
import * as gate from '../gates/[id]/route'
import * as gates from '../gates/route'
import * as health from '../health/route'
import * as pipelineStart from '../pipeline/start/route'
import * as ready from '../ready/route'
import * as repositories from '../repositories/route'
import * as turns from '../runs/[id]/beads/[bead]/turns/route'
import * as cancel from '../runs/[id]/cancel/route'
import * as runEvents from '../runs/[id]/events/route'
import * as fork from '../runs/[id]/fork/route'
import * as replay from '../runs/[id]/replay/route'
import * as resume from '../runs/[id]/resume/route'
import * as retry from '../runs/[id]/retry/route'
import * as run from '../runs/[id]/route'
import * as skip from '../runs/[id]/skip/route'
import * as requeue from '../runs/requeue/route'
import * as runs from '../runs/route'
import * as scaffold from '../scaffold/route'
import * as schedules from '../schedules/route'

/** Every route but /api/openapi.json itself; a test compares the list with the files. */
export const routes: Readonly<Record<string, RouteModule>> = {
  '/api/analytics/[chart]': analytics,
  '/api/audit': audit,
  '/api/audit/export': auditExport,
  '/api/audit/verify': auditVerify,
  '/api/beads': beads,
  '/api/cline': cline,
  '/api/cron/gates': cronGates,
  '/api/cron/maintenance': cronMaintenance,
  '/api/cron/schedules': cronSchedules,
  '/api/cron/tick': cronTick,
  '/api/data': data,
  '/api/events': events,
  '/api/gates': gates,
  '/api/gates/[id]': gate,
  '/api/gates/[id]/decision': decision,
  '/api/health': health,
  '/api/pipeline/start': pipelineStart,
  '/api/ready': ready,
  '/api/repositories': repositories,
  '/api/runs': runs,
  '/api/runs/[id]': run,
  '/api/runs/[id]/beads/[bead]/turns': turns,
  '/api/runs/[id]/cancel': cancel,
  '/api/runs/[id]/events': runEvents,
  '/api/runs/[id]/fork': fork,
  '/api/runs/[id]/replay': replay,
  '/api/runs/[id]/resume': resume,
  '/api/runs/[id]/retry': retry,
  '/api/runs/[id]/skip': skip,
  '/api/runs/requeue': requeue,
  '/api/scaffold': scaffold,
  '/api/schedules': schedules,
}
