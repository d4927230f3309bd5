/**
 * A process that has a database open: `tsx newer-process.ts <url>`. It prints `open`, and at the first line that it is
 * sent, which migration of a newer version it finds.
 */
import { once } from 'node:events'
import { openDatabase } from '@/lib/db/client'
import { newerMigration } from '@/lib/db/migrate'

const database = await openDatabase({ home: '', url: process.argv[2] })
process.stdout.write('open\n')
await once(process.stdin, 'data')
process.stdout.write(`${await newerMigration(database.db)}\n`)
await database.close()
process.exit()
