import type { Client } from '@temporalio/client'

const DEPLOYMENT = 'devpilot'

export interface Version {
  readonly deploymentName: string
  readonly buildId: string
}

/** One deployment a task queue, so that two installations on one namespace do not move each other's runs. */
export function versionOf(taskQueue: string, buildId: string): Version {
  return { deploymentName: taskQueue === DEPLOYMENT ? DEPLOYMENT : `${DEPLOYMENT}-${taskQueue}`, buildId }
}

/** `2-ab12…` comes after `1-…`; a build that is not ours comes before. */
export function workflowVersionOf(buildId: string | null | undefined): number {
  return Number(/^(\d+)-/.exec(buildId ?? '')?.[1] ?? 0)
}

/**
 * Makes this build the one that workflows are driven by, unless a later version of the workflow is already. Of builds
 * with the same version the one that started last counts: every one of them replays what the others recorded. Runs
 * move to it at their next event (AUTO_UPGRADE): they may wait at a gate for days, and nobody keeps old workers so long.
 * @returns false when another build stays the current one
 */
export async function makeCurrent(client: Client, namespace: string, version: Version): Promise<boolean> {
  const { deploymentName, buildId } = version
  const service = client.workflowService
  const known = await service
    .describeWorkerDeployment({ namespace, deploymentName })
    .catch((error: unknown) => (isNotFound(error) ? null : Promise.reject(error)))
  const current = known?.workerDeploymentInfo?.routingConfig?.currentDeploymentVersion?.buildId
  if (current === buildId) return true
  if (workflowVersionOf(current) > workflowVersionOf(buildId)) return false
  await service.setWorkerDeploymentCurrentVersion({
    namespace,
    deploymentName,
    buildId,
    // At the very first start the server has not seen its pollers yet.
    allowNoPollers: true,
    ignoreMissingTaskQueues: true,
    ...(known?.conflictToken ? { conflictToken: known.conflictToken } : {}),
  })
  return true
}

function isNotFound(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === 5
}
