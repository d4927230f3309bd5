import type { RouteModule } from '@/lib/edge/openapi'
import * as analytics from '../analytics/[chart]/route'
import * as auditExport from '../audit/export/route'
import * as audit from '../audit/route'
import * as auditVerify from '../audit/verify/route'
import * as auth from '../auth/[...nextauth]/route'
import * as beads from '../beads/route'
import * as cline from '../cline/route'
import * as configCheck from '../config/check/route'
import * as cronGates from '../cron/gates/route'
import * as cronMaintenance from '../cron/maintenance/route'
import * as cronSchedules from '../cron/schedules/route'
import * as cronTick from '../cron/tick/route'
import * as data from '../data/route'
import * as events from '../events/route'
import * as gateComments from '../gates/[id]/comments/route'
import * as decision from '../gates/[id]/decision/route'
import * as gateDiff from '../gates/[id]/diff/route'
import * as gate from '../gates/[id]/route'
import * as gates from '../gates/route'
import * as health from '../health/route'
import * as keyRevoke from '../keys/[id]/revoke/route'
import * as keys from '../keys/route'
import * as learning from '../learnings/[id]/route'
import * as learnings from '../learnings/route'
import * as pipelineStart from '../pipeline/start/route'
import * as ready from '../ready/route'
import * as repositoryConfig from '../repositories/[id]/config/route'
import * as repository from '../repositories/[id]/route'
import * as repositoryCheck from '../repositories/check/route'
import * as repositories from '../repositories/route'
import * as turns from '../runs/[id]/beads/[bead]/turns/route'
import * as cancel from '../runs/[id]/cancel/route'
import * as runEvents from '../runs/[id]/events/route'
import * as fork from '../runs/[id]/fork/route'
import * as logPlaces from '../runs/[id]/log/places/route'
import * as log from '../runs/[id]/log/route'
import * as logText from '../runs/[id]/log/text/route'
import * as replay from '../runs/[id]/replay/route'
import * as resume from '../runs/[id]/resume/route'
import * as retry from '../runs/[id]/retry/route'
import * as run from '../runs/[id]/route'
import * as skip from '../runs/[id]/skip/route'
import * as runsExport from '../runs/export/route'
import * as requeue from '../runs/requeue/route'
import * as runs from '../runs/route'
import * as scaffold from '../scaffold/route'
import * as schedules from '../schedules/route'
import * as redeliver from '../webhooks/deliveries/[id]/redeliver/route'
import * as webhook from '../webhooks/deliveries/[id]/route'
import * as webhooks from '../webhooks/deliveries/route'
import * as github from '../webhooks/github/route'

/** Every route but /api/openapi.json itself; a test compares the list with the files. */
export const routes: Readonly<Record<string, RouteModule>> = {
  '/api/analytics/[chart]': analytics,
  '/api/audit': audit,
  '/api/audit/export': auditExport,
  '/api/audit/verify': auditVerify,
  '/api/auth/[...nextauth]': auth,
  '/api/beads': beads,
  '/api/cline': cline,
  '/api/config/check': configCheck,
  '/api/cron/gates': cronGates,
  '/api/cron/maintenance': cronMaintenance,
  '/api/cron/schedules': cronSchedules,
  '/api/cron/tick': cronTick,
  '/api/data': data,
  '/api/events': events,
  '/api/gates': gates,
  '/api/gates/[id]': gate,
  '/api/gates/[id]/comments': gateComments,
  '/api/gates/[id]/decision': decision,
  '/api/gates/[id]/diff': gateDiff,
  '/api/health': health,
  '/api/learnings': learnings,
  '/api/learnings/[id]': learning,
  '/api/keys': keys,
  '/api/keys/[id]/revoke': keyRevoke,
  '/api/pipeline/start': pipelineStart,
  '/api/ready': ready,
  '/api/repositories': repositories,
  '/api/repositories/[id]': repository,
  '/api/repositories/[id]/config': repositoryConfig,
  '/api/repositories/check': repositoryCheck,
  '/api/runs': runs,
  '/api/runs/[id]': run,
  '/api/runs/[id]/beads/[bead]/turns': turns,
  '/api/runs/[id]/cancel': cancel,
  '/api/runs/[id]/events': runEvents,
  '/api/runs/[id]/fork': fork,
  '/api/runs/[id]/log': log,
  '/api/runs/[id]/log/places': logPlaces,
  '/api/runs/[id]/log/text': logText,
  '/api/runs/[id]/replay': replay,
  '/api/runs/[id]/resume': resume,
  '/api/runs/[id]/retry': retry,
  '/api/runs/[id]/skip': skip,
  '/api/runs/export': runsExport,
  '/api/runs/requeue': requeue,
  '/api/scaffold': scaffold,
  '/api/schedules': schedules,
  '/api/webhooks/deliveries': webhooks,
  '/api/webhooks/deliveries/[id]': webhook,
  '/api/webhooks/deliveries/[id]/redeliver': redeliver,
  '/api/webhooks/github': github,
}
