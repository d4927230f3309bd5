/** Where what is installed outside the workspace lies, inside every sandbox. */
export const DEPS = '/deps'

/** How dependencies are installed, and what later commands need to find them. */
export interface SetupPlan {
  /** For people and the record: what is run, in the repository's own words. */
  readonly shown: string
  /** Fetches and unpacks. Runs in a copy of the workspace. */
  readonly fetch: string
  /** Fetching may run code of the repository or of packages (builds, hooks, plugins): then it sees no credentials. */
  readonly fetchRunsCode: boolean
  /** Runs the packages' own scripts, without credentials; its failure is a warning. */
  readonly build: string | null
  /** Folders of the workspace that are made, relative: laid read-only under each worktree later. */
  readonly products: readonly string[]
  readonly setupEnv: Readonly<Record<string, string>>
  readonly runEnv: Readonly<Record<string, string>>
  /** Put before PATH in later commands. */
  readonly paths: readonly string[]
  /** Relative to the workspace: caches that tools insist on writing in what is read-only. */
  readonly scratch: readonly string[]
  /** Prints the toolchain's versions, for the hash. */
  readonly versions: string
}

/** Packages that fetch browsers and the like from elsewhere are told not to: the sandbox would refuse it. */
export const noDownloads = {
  PUPPETEER_SKIP_DOWNLOAD: '1',
  PUPPETEER_SKIP_CHROMIUM_DOWNLOAD: '1',
  PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD: '1',
  CYPRESS_INSTALL_BINARY: '0',
  ELECTRON_SKIP_BINARY_DOWNLOAD: '1',
  HUSKY: '0',
}

/** Everything up to this line of a script brings the manager itself. */
export const INSTALL_MARK = '# install\n'
