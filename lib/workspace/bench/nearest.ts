const MOST = 15

/** Test files that share most of their name or folder with a changed file, best first. */
export function nearest(tests: readonly string[], paths: readonly string[]): string[] {
  const stems = paths.map(stem).filter((word) => word.length > 2)
  const folders = paths
    .map((path) => path.split('/').slice(0, -1).join('/'))
    .filter((folder) => folder !== '')
  const score = (test: string) =>
    3 * stems.filter((word) => test.includes(word)).length +
    folders.filter((folder) => test.startsWith(`${folder}/`)).length
  return tests
    .map((test) => ({ test, score: score(test) }))
    .sort((a, b) => b.score - a.score || (a.test < b.test ? -1 : 1))
    .slice(0, MOST)
    .map(({ test }) => test)
}

function stem(path: string): string {
  return (path.split('/').at(-1) ?? '').replace(/\.[^.]+$/, '').replace(/^_+/, '')
}
