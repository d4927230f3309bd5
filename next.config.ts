import type { NextConfig } from 'next'

const config: NextConfig = {
  poweredByHeader: false,
  // Native parts, WebAssembly and files read by path: these packages are loaded from node_modules as they are.
  serverExternalPackages: [
    '@electric-sql/pglite',
    'pg',
    '@vercel/postgres',
    'web-tree-sitter',
    '@vscode/tree-sitter-wasm',
    'gpt-tokenizer',
    '@pydantic/genai-prices',
    '@temporalio/activity',
    '@temporalio/client',
    '@temporalio/common',
    '@temporalio/worker',
  ],
  // Read at run time by path (lib/root.ts), so that the tracer cannot see them.
  outputFileTracingIncludes: {
    '/**': [
      './prompts/**/*.md',
      './drizzle/migrations/**/*.sql',
      './lib/workspace/map/parser-worker.mjs',
      './lib/workspace/git/starter.mjs',
      './node_modules/@vscode/tree-sitter-wasm/wasm/*.wasm',
    ],
  },
  experimental: {
    // `forbidden()` for pages that a role does not open: 403 and a page of its own.
    authInterrupts: true,
    // Writing it takes a third of a first build, and a build is made once for a version.
    turbopackFileSystemCacheForBuild: false,
  },
  turbopack: {
    // What is read at run time by path is named above; nothing here is told apart by a warning at each build.
    ignoreIssue: [{ path: /^(?:\.\/)?lib\//, title: /^Dynamic filesystem access/ }],
  },
  redirects: async () => [{ source: '/runs', destination: '/timeline', permanent: false }],
  // `next build` asks for the JavaScript API that TypeScript 7 no longer has; `npm run check` checks the types.
  typescript: { ignoreBuildErrors: true },
}

export default config
