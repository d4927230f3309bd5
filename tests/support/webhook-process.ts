/** A real worker process for tests: works on the webhooks that wait in the database of its argument. */
import { openDatabase } from '@/lib/db/client'
import { openRuntime } from '@/lib/runtime'
import { handleWebhooksHere } from '@/lib/runtime/webhooks/here'

const { home, url } = JSON.parse(process.argv[2] ?? '{}')
const runtime = await openRuntime({ home, database: await openDatabase({ home, url }) })
process.stdout.write(`handled ${await handleWebhooksHere(runtime)}\n`)
await runtime.close()
