import http from 'node:http'

export interface Streams {
  /** When each stream had an event, by `performance.now()`; waits until all have it. */
  arrivalsOf(id: number): Promise<readonly number[]>
  /** All that was received so far. */
  bytes(): number
  /** How many have not been ended by the server. */
  open(): number
  close(): void
}

/** Many clients in this process, each with a connection of its own. */
export async function openStreams(url: string, token: string, count: number): Promise<Streams> {
  const agent = new http.Agent({ keepAlive: false, maxSockets: Number.POSITIVE_INFINITY })
  const arrivals = new Map<number, number[]>()
  const waiting = new Map<number, (all: readonly number[]) => void>()
  let bytes = 0
  let open = 0
  const arrived = (id: number) => {
    const all = arrivals.get(id) ?? []
    all.push(performance.now())
    arrivals.set(id, all)
    if (all.length === count) waiting.get(id)?.(all)
  }
  const begin = () =>
    new Promise<http.ClientRequest>((resolve, reject) => {
      const headers = { authorization: `Bearer ${token}`, accept: 'text/event-stream' }
      const request = http.get(url, { agent, headers }, (response) => {
        if (response.statusCode !== 200)
          return reject(new Error(`a stream was answered ${response.statusCode}`))
        open += 1
        let rest = ''
        let begun = false
        response.setEncoding('utf8')
        response.on('data', (text: string) => {
          bytes += Buffer.byteLength(text)
          const blocks = (rest + text).split('\n\n')
          rest = blocks.pop() ?? ''
          for (const block of blocks) {
            const id = /^id: (\d+)$/m.exec(block)?.[1]
            if (id !== undefined && !/^event: (?:hello|beat)$/m.test(block)) arrived(Number(id))
          }
          if (!begun) resolve(request)
          begun = true
        })
        response.on('close', () => {
          open -= 1
        })
        response.on('error', () => undefined)
      })
      request.on('error', reject)
    })
  const requests: http.ClientRequest[] = []
  // Fifty at a time: the listening socket's queue is short.
  while (requests.length < count)
    requests.push(
      ...(await Promise.all(Array.from({ length: Math.min(50, count - requests.length) }, begin))),
    )
  return {
    arrivalsOf: (id) =>
      new Promise((resolve) => {
        const all = arrivals.get(id) ?? []
        if (all.length === count) resolve(all)
        else waiting.set(id, resolve)
      }),
    bytes: () => bytes,
    open: () => open,
    close: () => {
      for (const request of requests) request.destroy()
    },
  }
}
