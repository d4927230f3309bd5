import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { packageRoot } from '@/lib/root'
import { configSchemaText } from '@/lib/workspace/config/schema-json'
import { writeHelp } from './help'

/** `npm run schema`: writes what editors and `--help` read. A test fails while it is not fresh. */
writeFileSync(join(packageRoot(), 'public', 'devpilot.schema.json'), configSchemaText())
writeHelp()
