/** A file that good repositories have, and every place and name under which it counts as there. */
export interface GoodFile {
  readonly id: GoodId
  /** Where it is written when it is missing. */
  readonly path: string
  readonly why: string
  /** Matched against paths in lower case. */
  readonly places: readonly RegExp[]
}

export type GoodId =
  | 'readme'
  | 'license'
  | 'contributing'
  | 'security'
  | 'codeowners'
  | 'issue-template'
  | 'pr-template'
  | 'editorconfig'
  | 'gitignore'
  | 'ci'
  | 'dependency-updates'

const anywhere = String.raw`^(docs?/|\.github/|\.gitlab/)?`
const text = String.raw`(\.(md|markdown|rst|txt|adoc|org))?$`
const named = (name: string) => new RegExp(`${anywhere}${name}${text}`)

/** For a repository on this forge. GitHub's places also serve a repository without one. */
export function goodFiles(forge: 'github' | 'gitlab'): readonly GoodFile[] {
  const hub = forge === 'github'
  return [
    {
      id: 'readme',
      path: 'README.md',
      why: 'says what this is and how to use it',
      places: [named('readme')],
    },
    {
      id: 'license',
      path: 'LICENSE',
      why: 'without it nobody may use the code',
      places: [/^(licen[cs]es?|copying|unlicen[cs]e)([./-].*)?$/, named('licen[cs]e')],
    },
    {
      id: 'contributing',
      path: 'CONTRIBUTING.md',
      why: 'says how to set up, check and propose a change',
      places: [named('(contributing|hacking)'), /^docs?\/(.*\/)?contributing(\/|\.)/],
    },
    {
      id: 'security',
      path: 'SECURITY.md',
      why: 'says where a vulnerability is reported in private',
      places: [named('security')],
    },
    {
      id: 'codeowners',
      path: hub ? '.github/CODEOWNERS' : '.gitlab/CODEOWNERS',
      why: 'asks the right people to review',
      places: [new RegExp(`${anywhere}codeowners$`), /^maintainers([.].*)?$/],
    },
    {
      id: 'issue-template',
      path: hub ? '.github/ISSUE_TEMPLATE/bug_report.md' : '.gitlab/issue_templates/Bug.md',
      why: 'asks reporters for what a fix needs',
      places: [
        /^(\.github|docs)\/issue_template(\/.|\.)/,
        named('issue_template'),
        /^\.gitlab\/issue_templates\/./,
      ],
    },
    {
      id: 'pr-template',
      path: hub ? '.github/pull_request_template.md' : '.gitlab/merge_request_templates/Default.md',
      why: 'asks authors what changed and how it was tested',
      places: [
        new RegExp(`${anywhere}pull_request_template(/.|\\.|$)`),
        /^\.gitlab\/merge_request_templates\/./,
      ],
    },
    {
      id: 'editorconfig',
      path: '.editorconfig',
      why: 'keeps indentation and line ends alike in every editor',
      places: [/^\.editorconfig$/],
    },
    {
      id: 'gitignore',
      path: '.gitignore',
      why: 'keeps what is built or installed out of commits',
      places: [/^\.gitignore$/],
    },
    {
      id: 'ci',
      path: hub ? '.github/workflows/ci.yml' : '.gitlab-ci.yml',
      why: 'runs the checks on every change',
      places: [
        // DevPilot's own workflow starts runs; it does not check changes.
        /^\.github\/workflows\/(?!devpilot\.)[^/]+\.ya?ml$/,
        /^\.(gitlab-ci|travis|drone|cirrus|woodpecker|appveyor)\.ya?ml$/,
        /^(appveyor|azure-pipelines|bitbucket-pipelines)\.ya?ml$/,
        /^\.(circleci|buildkite|woodpecker|azure-pipelines)\/./,
        /^\.builds?\/.+\.ya?ml$|^\.build\.yml$/,
        /^jenkinsfile$/,
      ],
    },
    {
      id: 'dependency-updates',
      path: hub ? '.github/dependabot.yml' : 'renovate.json',
      why: 'keeps dependencies current',
      places: [
        /^\.github\/dependabot\.ya?ml$/,
        /^(\.github\/|\.gitlab\/)?(renovate\.json5?|\.renovaterc(\.json5?)?)$/,
      ],
    },
  ]
}

/** The path that serves as this file, null where the repository has none. */
export function findGood(good: GoodFile, files: readonly string[]): string | null {
  return files.find((path) => good.places.some((place) => place.test(path.toLowerCase()))) ?? null
}
