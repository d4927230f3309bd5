import { clsx } from 'clsx'
import { Meter } from '@/components/ui/meter'
import { type Evaluation, type EvaluationPart, evaluationWeights } from '@/lib/core/evaluation'
import { visible } from '@/lib/core/visible'

const names: Readonly<Record<EvaluationPart, string>> = {
  code_quality: 'Code quality',
  test_coverage: 'Test coverage',
  maintainability: 'Maintainability',
  readability: 'Readability',
}
const order: readonly EvaluationPart[] = ['code_quality', 'test_coverage', 'maintainability', 'readability']

export function scoreTone(score: number): string {
  return score >= 80 ? 'tone-green' : score >= 60 ? 'tone-amber' : 'tone-red'
}

/** The evolution score with its parts, their weights, and every input that moved them. */
export function Score({ score, parts }: { readonly score: number; readonly parts: Evaluation }) {
  return (
    <div className="rounded-lg border bg-surface">
      <p className="flex items-baseline gap-2 border-b px-4 py-3">
        <span className={clsx('num text-xl font-semibold', scoreTone(score))}>{score}</span>
        <span className="text-sm text-muted">of 100, the weighted sum of four parts</span>
      </p>
      <ul className="grid sm:grid-cols-2">
        {order.map((name) => (
          <li key={name} className="border-b px-4 py-3 last:border-b-0 sm:nth-3:border-b-0 sm:odd:border-r">
            <p className="flex items-baseline gap-2 text-sm">
              <span className="font-medium">{names[name]}</span>
              <span className="text-xs text-faint">weight {evaluationWeights[name].toFixed(2)}</span>
              <span className="num ml-auto">{parts[name].value}</span>
            </p>
            <div className="mt-1.5 mb-2">
              <Meter
                share={parts[name].value / 100}
                label={`${names[name]} ${parts[name].value} of 100`}
                tone={scoreTone(parts[name].value)}
              />
            </div>
            <ul className="space-y-0.5 text-xs text-muted">
              {parts[name].inputs.map((input) => (
                <li key={input.name} className="flex justify-between gap-3">
                  <span>{visible(input.name)}</span>
                  <span className="num">{signed(input.points, input.name === 'start')}</span>
                </li>
              ))}
            </ul>
          </li>
        ))}
      </ul>
    </div>
  )
}

function signed(points: number, start: boolean): string {
  const size = Number.isInteger(points) ? String(Math.abs(points)) : Math.abs(points).toFixed(1)
  if (start) return size
  return points < 0 ? `−${size}` : `+${size}`
}
