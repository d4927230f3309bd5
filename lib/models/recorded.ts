import type { Model } from '@/lib/agents/model'
import { AppError } from '@/lib/errors'
import { commonStart, firstDifference, sharedMessages } from '@/lib/models/difference'
import { type RecordedEntry, readRecording } from '@/lib/models/recording-file'
import { type CanonicalRequest, canonical, hashOf } from '@/lib/models/request-hash'

export interface RecordedOptions {
  /** The command that records again, `npm run demo -- --record`. */
  readonly mend?: string
  /** As given to `recording`. */
  readonly roots?: readonly string[]
}

/**
 * A model that replays a recording by the hash of each request, with the name and price of the model that was
 * recorded. The same request again gets the next recorded answer to it; the last one repeats.
 * @throws AppError('bad_config') for a file that is missing or broken. A call throws a lasting
 * AppError('model_error') when no such request was recorded: it names the part that changed, and the mend.
 */
export function recordedModel(file: string, options: RecordedOptions = {}): Model {
  const mend = options.mend ?? `run again with a real model, recording into ${file}`
  const { header, entries } = readRecording(file, mend)
  const byHash = new Map<string, RecordedEntry[]>()
  for (const entry of entries) byHash.set(entry.hash, [...(byHash.get(entry.hash) ?? []), entry])
  const asked = new Map<string, number>()
  return {
    provider: 'recorded',
    name: header.model,
    price: header.price === null ? null : asPrice(header.price),
    complete: async (request, signal) => {
      if (signal.aborted)
        throw new AppError('cancelled', 'The model call was cancelled.', {
          cause: signal.reason,
          uncharged: true,
        })
      const now = canonical(request, options.roots)
      const hash = hashOf(now)
      const turn = asked.get(hash) ?? 0
      const answers = byHash.get(hash) ?? []
      const entry = answers[Math.min(turn, answers.length - 1)]
      if (!entry) throw unknownRequest(now, entries, file, mend)
      asked.set(hash, turn + 1)
      return entry.response
    },
  }
}

type StoredPrice = NonNullable<ReturnType<typeof readRecording>['header']['price']>

function asPrice({ longInput, ...rates }: StoredPrice): NonNullable<Model['price']> {
  return longInput ? { ...rates, longInput } : rates
}

function unknownRequest(
  now: CanonicalRequest,
  entries: readonly RecordedEntry[],
  file: string,
  mend: string,
): AppError {
  const first = now.system.split('\n').find((line) => line.trim() !== '') ?? 'an empty system prompt'
  const of = `the agent whose prompt begins "${first.slice(0, 80)}"`
  const nearest = nearestTo(now, entries)
  const change = nearest
    ? firstDifference(nearest.request, now)
    : { place: file, text: 'the recording holds no calls at all' }
  return new AppError(
    'model_error',
    `The recording ${file} has no answer for this call of ${of}: ${change.text}`,
    {
      place: change.place,
      mend: `A recording answers the run that it was made of and no other; a task of your own needs a model. If the change is wanted, record again: ${mend}`,
      uncharged: true,
    },
  )
}

/** The entry that shares most with the request: the same system prompt counts first, then tools, then messages. */
function nearestTo(now: CanonicalRequest, entries: readonly RecordedEntry[]): RecordedEntry | undefined {
  const score = ({ request }: RecordedEntry): number =>
    1_000 * similarity(request.system, now.system) +
    (request.tools === now.tools ? 200 : 0) +
    10 * sharedMessages(request, now) -
    Math.abs(request.messages.length - now.messages.length)
  return entries.reduce<RecordedEntry | undefined>(
    (best, entry) => (best && score(best) >= score(entry) ? best : entry),
    undefined,
  )
}

/** The share of text, 0 to 1, that two texts have in common at their start and end. */
function similarity(one: string, other: string): number {
  if (one === other) return 1
  const start = commonStart(one, other)
  let end = 0
  const most = Math.min(one.length, other.length) - start
  while (end < most && one[one.length - 1 - end] === other[other.length - 1 - end]) end += 1
  return (start + end) / Math.max(one.length, other.length, 1)
}
