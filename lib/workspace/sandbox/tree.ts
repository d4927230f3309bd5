import { readdirSync, readFileSync } from 'node:fs'

interface Row {
  readonly pid: number
  readonly parent: number
  readonly rssPages: number
}

const PAGE = 4096

/** A file of /proc, or null when the process is gone or not ours to read: both are normal while walking. */
function procFile(path: string): string | null {
  try {
    return readFileSync(path, 'latin1')
  } catch {
    return null
  }
}

function rows(): Row[] {
  return processIds().flatMap((pid) => {
    const stat = procFile(`/proc/${pid}/stat`)
    if (stat === null) return []
    // The name in brackets may hold blanks and brackets: fields are counted from the last one.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return [{ pid, parent: Number(fields[1]), rssPages: Number(fields[21]) }]
  })
}

function processIds(): number[] {
  try {
    return readdirSync('/proc').flatMap((name) => (/^\d+$/.test(name) ? [Number(name)] : []))
  } catch {
    return []
  }
}

/** The process and everything below it, by parent ids; a reparented daemon is not among them. */
function below(root: number, all: readonly Row[]): Row[] {
  const children = Map.groupBy(all, (row) => row.parent)
  const found = all.filter((row) => row.pid === root)
  for (const row of found) found.push(...(children.get(row.pid) ?? []))
  return found
}

/** Resident memory of a process tree in bytes; shared pages count once per process, so it errs upwards. */
export function treeRss(root: number): number {
  return below(root, rows()).reduce((sum, row) => sum + row.rssPages * PAGE, 0)
}

/** Ids of a process tree, the root first. */
export function treePids(root: number): number[] {
  return below(root, rows()).map((row) => row.pid)
}

/** Processes whose environment holds `NAME=value`: finds daemons that left the tree, as long as they kept it. */
export function pidsWithEnv(entry: string): number[] {
  return processIds().filter((pid) => procFile(`/proc/${pid}/environ`)?.split('\0').includes(entry) ?? false)
}

/** SIGKILL to a process, or to a group when negative; one that is gone already is fine. */
export function killHard(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ESRCH' || error.code === 'EPERM'))
      return
    throw error
  }
}
