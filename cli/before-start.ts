import { assertStartable } from '@/lib/runtime/before-start'
import { exitCodes } from './exit-codes'
import { reportError } from './failure'
import { makeIo } from './io'

/** What `npm start` runs before Next: what would stop the server is said once, in words, before anything is started. */
try {
  await assertStartable()
} catch (error) {
  process.exitCode = reportError(error, makeIo({ json: false })) || exitCodes.error
}
