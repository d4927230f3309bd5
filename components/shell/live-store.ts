import type { LiveEvent, LiveState } from './live-source'

/** What a part of a page shows; without any, a page shows something of every run. */
export interface Scope {
  readonly run: string | null
}

/** What the live stream of this browser's page is told and asked: by the shell and by parts of pages. */
class LiveStore {
  private current: LiveState = globalThis.document?.hidden ? 'paused' : 'connecting'
  private readonly stateListeners = new Set<() => void>()
  private readonly eventListeners = new Set<(event: LiveEvent) => void>()
  private readonly scopes = new Set<Scope>()

  readonly state = (): LiveState => this.current

  readonly subscribe = (listener: () => void): (() => void) => {
    this.stateListeners.add(listener)
    return () => this.stateListeners.delete(listener)
  }

  setState(state: LiveState): void {
    if (state === this.current) return
    this.current = state
    for (const listener of this.stateListeners) listener()
  }

  addScope(scope: Scope): () => void {
    this.scopes.add(scope)
    return () => this.scopes.delete(scope)
  }

  /** Calls back with every event until the returned function is called. */
  listen(listener: (event: LiveEvent) => void): () => void {
    this.eventListeners.add(listener)
    return () => this.eventListeners.delete(listener)
  }

  tell(event: LiveEvent): void {
    for (const listener of this.eventListeners) listener(event)
  }

  /** Whether an event may change what the page shows. */
  concerns(event: LiveEvent): boolean {
    return concerns([...this.scopes], event)
  }
}

/** Gates are counted in the rail of every page; a tool's single call is seen on its run's page alone. */
export function concerns(scopes: readonly Scope[], { kind, runId }: LiveEvent): boolean {
  if (kind === 'gate') return true
  if (scopes.length === 0) return kind !== 'tool'
  return scopes.some(({ run }) => run === runId)
}

export const liveStore = new LiveStore()
