/** Where a workspace lies inside every sandbox, so that installed paths (virtualenvs, editable installs) hold in all. */
export const SANDBOX_WORKSPACE = '/workspace'
export const SANDBOX_HOME = '/home/agent'

export type SandboxName = 'bubblewrap' | 'docker' | 'podman' | 'none'

/** A host path shown inside. `source` is absolute on the host, `target` absolute inside. */
export interface Mount {
  readonly source: string
  readonly target: string
  readonly writable: boolean
}

export interface SandboxLimits {
  readonly timeoutMs: number
  /** Of the whole process tree, in bytes. */
  readonly memoryBytes: number
  readonly processes: number
  /** Largest file a command may write, in bytes. */
  readonly fileBytes: number
  /** Bytes of stdout and stderr kept each: the first and the last half; the rest is counted and dropped. */
  readonly outputBytes: number
  /** Of workspace and home together, in bytes; looked at every quarter of a second, so it can be overshot a little. */
  readonly diskBytes: number
}

export interface SandboxCommand {
  /** Run by `sh -c` when a string, else as an argument array. */
  readonly command: string | readonly string[]
  /** Host path of the worktree; shown writable at SANDBOX_WORKSPACE, its `.git` read-only. */
  readonly workspace: string
  /** Host path of the run's own home; shown writable at SANDBOX_HOME. Absent: an empty one that is thrown away. */
  readonly home?: string
  /** Relative to the workspace. */
  readonly cwd?: string
  /** Beside PATH, HOME, LANG, CI: nothing of the host's environment is inherited. */
  readonly env?: Readonly<Record<string, string>>
  readonly mounts?: readonly Mount[]
  /** Empty directories (tmpfs) inside, absolute: caches that tools insist on writing. */
  readonly scratch?: readonly string[]
  /** Hosts (`name` or `name:port`) that may be reached over HTTP(S), through a proxy; none by default. */
  readonly egress?: readonly string[]
  readonly workspaceWritable?: boolean
  readonly limits?: Partial<SandboxLimits>
  readonly stdin?: string
  /** Called with decoded output as it comes. */
  readonly onOutput?: (stream: 'stdout' | 'stderr', text: string) => void
  readonly signal?: AbortSignal
}

export interface SandboxResult {
  /** null when killed by a signal. */
  readonly exitCode: number | null
  readonly signal: string | null
  readonly stdout: string
  readonly stderr: string
  /** Bytes dropped from the middle of each. */
  readonly droppedBytes: { readonly stdout: number; readonly stderr: number }
  readonly durationMs: number
  /** Why it was ended by us, else null. */
  readonly ended: 'timeout' | 'memory' | 'disk' | 'cancelled' | null
}

/** What a sandbox keeps apart, as found by its probe: shown by `doctor` and the settings page. */
export interface SandboxReport {
  readonly name: SandboxName
  readonly works: boolean
  /** One sentence: why it does not work and what would mend it, or what was seen to work. */
  readonly detail: string
  readonly isolates: {
    readonly filesystem: boolean
    readonly network: boolean
    readonly processes: boolean
    readonly memory: boolean
    readonly user: boolean
  }
}

export interface Sandbox {
  readonly name: SandboxName
  /** Runs a command to its end; a non-zero exit is a result, not an error. Throws AppError('sandbox_unavailable'). */
  run(command: SandboxCommand): Promise<SandboxResult>
  probe(): Promise<SandboxReport>
}
