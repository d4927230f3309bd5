import { StringDecoder } from 'node:string_decoder'

/** Keeps the first and the last half of a stream and counts what was between: a flood costs no more than `limit` bytes. */
export class HeadTail {
  readonly #half: number
  readonly #decoder = new StringDecoder('utf8')
  readonly #head: Buffer[] = []
  readonly #emit: ((text: string) => void) | undefined
  #headBytes = 0
  #tail: Buffer[] = []
  #tailBytes = 0
  #total = 0
  #quiet = false

  /** @param limit bytes kept in all. @param emit gets decoded text as it comes, up to `limit` bytes, then one notice. */
  constructor(limit: number, emit?: (text: string) => void) {
    this.#half = Math.max(1, Math.floor(limit / 2))
    this.#emit = emit
  }

  push(chunk: Buffer): void {
    this.#total += chunk.length
    this.#stream(chunk)
    const room = Math.max(0, this.#half - this.#headBytes)
    if (room > 0) {
      const part = chunk.subarray(0, room)
      this.#head.push(part)
      this.#headBytes += part.length
    }
    if (chunk.length <= room) return
    const rest = chunk.subarray(room)
    this.#tail.push(rest)
    this.#tailBytes += rest.length
    if (this.#tailBytes > 4 * this.#half) this.#trim()
  }

  /** The text kept, with a line that says how much is missing, and the count of dropped bytes. */
  end(): { readonly text: string; readonly dropped: number } {
    this.#trim()
    const dropped = this.#total - this.#headBytes - this.#tailBytes
    const head = Buffer.concat(this.#head)
    const tail = Buffer.concat(this.#tail)
    if (dropped === 0) return { text: Buffer.concat([head, tail]).toString('utf8'), dropped: 0 }
    const note = `\n[... ${dropped} bytes of output dropped here ...]\n`
    return { text: `${head.toString('utf8')}${note}${tail.toString('utf8')}`, dropped }
  }

  #stream(chunk: Buffer): void {
    if (!this.#emit || this.#quiet) return
    this.#emit(this.#decoder.write(chunk))
    if (this.#total < 2 * this.#half) return
    this.#quiet = true
    this.#emit('\n[... more output follows, kept at the end only ...]\n')
  }

  #trim(): void {
    const joined = Buffer.concat(this.#tail)
    const kept =
      joined.length > this.#half ? Buffer.from(joined.subarray(joined.length - this.#half)) : joined
    this.#tail = [kept]
    this.#tailBytes = kept.length
  }
}
