import { join } from 'node:path'
import { Client, Connection } from '@temporalio/client'
import { DefaultLogger, type InjectedSinks, NativeConnection, Runtime, Worker } from '@temporalio/worker'
import { packageRoot } from '@/lib/root'
import { type Given, STEPS, type Subject } from './subject'
import type { GateSinks, tenSteps } from './temporal-workflow'

const TASK_QUEUE = 'bench'

/** Temporal as a team would use it, with the SDK's own settings. */
export async function open({ temporal, stamp }: Given): Promise<Subject> {
  if (!temporal) throw new Error('There is no Temporal server.')
  Runtime.install({ logger: new DefaultLogger('WARN') })
  const connection = await Connection.connect({ address: temporal })
  const client = new Client({ connection })
  const native = await NativeConnection.connect({ address: temporal })
  const sinks: InjectedSinks<GateSinks> = {
    gate: {
      opened: {
        fn: ({ workflowId }) => client.workflow.getHandle(workflowId).signal('approve'),
        callDuringReplay: false,
      },
    },
  }
  const worker = await Worker.create({
    connection: native,
    taskQueue: TASK_QUEUE,
    workflowsPath: join(packageRoot(), 'bench', 'engine', 'temporal-workflow.ts'),
    activities: { step: async (run: string) => stamp(run) },
    sinks,
  })
  const running = worker.run()
  return {
    async run(id) {
      await client.workflow.execute<typeof tenSteps>('tenSteps', {
        workflowId: id,
        taskQueue: TASK_QUEUE,
        args: [id, STEPS],
      })
    },
    async close() {
      worker.shutdown()
      await running
      await native.close()
      await connection.close()
    },
  }
}
