/** A real process that works for one slice on the database of its environment, as a function does. */
import { getRuntime } from '@/lib/runtime'
import { runSlice } from '@/lib/runtime/slice'

const runtime = await getRuntime()
const report = await runSlice(runtime, Number(process.argv[2] ?? '60000'))
process.stdout.write(`${JSON.stringify(report)}\n`)
await runtime.close()
