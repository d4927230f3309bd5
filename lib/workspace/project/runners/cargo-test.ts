import type { TestCase } from '@/lib/core/evidence'
import { loadFailure, testCase } from '@/lib/workspace/project/runners/cases'
import {
  type ParsedCases,
  REPORTS_INSIDE,
  type RunnerOutput,
  type TestRunner,
} from '@/lib/workspace/project/runners/runner'

/** `cargo test`, by its text: stable Rust has no other. Cargo's own lines are on stderr; both go into one file. */
export const cargoTest: TestRunner = {
  plan({ command, files }) {
    const targets = (files ?? []).flatMap((file) => {
      const name = /^tests\/([\w-]+)(?:\.rs|\/main\.rs)$/.exec(file)?.[1]
      return name === undefined ? [] : [`--test ${name}`]
    })
    const [before, after] = command.split(/\s--(?=\s)/, 2)
    const only = targets.length === 0 ? '' : ` ${targets.join(' ')}`
    const flag = /--no-fail-fast/.test(command) ? '' : ' --no-fail-fast'
    return {
      command: `CARGO_TERM_COLOR=never ${before}${flag}${only}${after === undefined ? '' : ` -- ${after.trim()}`} >${REPORTS_INSIDE}/cargo.txt 2>&1`,
      report: 'cargo.txt',
      coverageReport: null,
      helpers: [],
    }
  },
  parse: parseCargo,
}

function parseCargo(output: RunnerOutput): ParsedCases {
  const text = output.report ?? `${output.stderr}\n${output.stdout}`
  const cases: TestCase[] = []
  let target = ''
  const messages = failureMessages(text)
  for (const line of text.split('\n')) {
    const running = /^\s*Running (?:unittests )?(\S+)/.exec(line)?.[1]
    const doc = /^\s*Doc-tests (\S+)/.exec(line)?.[1]
    if (running !== undefined) target = running
    else if (doc !== undefined) target = `doc ${doc}`
    const result = /^test (.+?)(?: - should panic)? \.\.\. (?:.*?)(ok|FAILED|ignored)(?:,.*)?$/.exec(line)
    const name = result?.[1]
    if (name === undefined) continue
    const status = result?.[2] === 'ok' ? 'passed' : result?.[2] === 'FAILED' ? 'failed' : 'skipped'
    cases.push(
      testCase({ file: target, name, status, message: status === 'failed' ? messages.get(name) : undefined }),
    )
  }
  const broken = /^error(\[E\d+\])?: [\s\S]*?could not compile[^\n]*/m.exec(text)?.[0]
  if (broken !== undefined) return [...cases, loadFailure('', broken)]
  return cases.length === 0 && !/^running \d+ tests?$/m.test(text) ? null : cases
}

function failureMessages(text: string): ReadonlyMap<string, string> {
  const blocks = text.matchAll(/^---- (.+?) stdout ----\n([\s\S]*?)(?=^---- |^failures:$|^test result:)/gm)
  return new Map(
    [...blocks].map((block) => [
      block[1] ?? '',
      (block[2] ?? '').replace(/^thread '.*?' \(\d+\)/gm, 'thread'),
    ]),
  )
}
