/** Text that is made piece by piece as a streamed answer; the source stops when the client has gone. */
export function textResponse(pieces: AsyncGenerator<string, void, undefined>, mediaType: string): Response {
  const encoder = new TextEncoder()
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const next = await pieces.next()
      if (next.done) controller.close()
      else controller.enqueue(encoder.encode(next.value))
    },
    async cancel() {
      await pieces.return()
    },
  })
  return new Response(body, {
    headers: { 'content-type': `${mediaType}; charset=utf-8`, 'cache-control': 'no-store' },
  })
}
