/** However often something is asked for, it is done at most once in `everyMs`, and never twice at a time. */
export class Coalescer {
  private readonly run: () => void
  private readonly everyMs: number
  private timer: ReturnType<typeof setTimeout> | undefined
  private last = Number.NEGATIVE_INFINITY
  private busy = false
  private away = false
  private wanted = false

  constructor(run: () => void, everyMs: number) {
    this.run = run
    this.everyMs = everyMs
  }

  ask(): void {
    this.wanted = true
    if (this.busy || this.away || this.timer !== undefined) return
    // A little late: what belongs together comes together.
    const wait = Math.max(150, this.last + this.everyMs - Date.now())
    this.timer = setTimeout(() => {
      this.timer = undefined
      if (this.busy || this.away) return
      this.wanted = false
      this.last = Date.now()
      this.run()
    }, wait)
  }

  /** Whether what was asked for is still under way; what is asked for meanwhile is done afterwards. */
  setBusy(busy: boolean): void {
    this.busy = busy
    if (this.wanted) this.ask()
  }

  /** Whether there is nobody to ask; what is asked for meanwhile is done afterwards. */
  setAway(away: boolean): void {
    this.away = away
    if (this.wanted) this.ask()
  }

  stop(): void {
    clearTimeout(this.timer)
    this.timer = undefined
    this.wanted = false
  }
}
