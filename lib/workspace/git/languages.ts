/** Names of languages by the ends of file names, for what a repository is made of. */
const byExtension: Readonly<Record<string, string>> = {
  ts: 'TypeScript',
  mts: 'TypeScript',
  cts: 'TypeScript',
  tsx: 'TypeScript',
  js: 'JavaScript',
  mjs: 'JavaScript',
  cjs: 'JavaScript',
  jsx: 'JavaScript',
  py: 'Python',
  pyi: 'Python',
  go: 'Go',
  rs: 'Rust',
  java: 'Java',
  kt: 'Kotlin',
  scala: 'Scala',
  rb: 'Ruby',
  php: 'PHP',
  c: 'C',
  h: 'C',
  cc: 'C++',
  cpp: 'C++',
  cxx: 'C++',
  hpp: 'C++',
  cs: 'C#',
  swift: 'Swift',
  ex: 'Elixir',
  exs: 'Elixir',
  sh: 'Shell',
  bash: 'Shell',
  sql: 'SQL',
  html: 'HTML',
  css: 'CSS',
  scss: 'CSS',
  vue: 'Vue',
  svelte: 'Svelte',
}

export interface LanguageShare {
  readonly name: string
  readonly files: number
  readonly bytes: number
}

/** Languages of a list of files, the one with most bytes first. */
export function languageShares(
  files: readonly { readonly path: string; readonly bytes: number }[],
): LanguageShare[] {
  const shares = new Map<string, { files: number; bytes: number }>()
  for (const file of files) {
    const name = byExtension[file.path.slice(file.path.lastIndexOf('.') + 1).toLowerCase()]
    if (!name) continue
    const share = shares.get(name) ?? { files: 0, bytes: 0 }
    shares.set(name, { files: share.files + 1, bytes: share.bytes + file.bytes })
  }
  return [...shares]
    .map(([name, share]) => ({ name, ...share }))
    .sort((a, b) => b.bytes - a.bytes || (a.name < b.name ? -1 : 1))
}
