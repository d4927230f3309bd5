import type { Answers } from './detect'

export type CiSystem = 'github-actions' | 'gitlab'

/** CI that starts DevPilot: on a label or by hand. It stops at the gates, which people decide elsewhere. */
export function ciFile(
  system: CiSystem,
  answers: Pick<Answers, 'mainBranch'>,
): { path: string; content: string } {
  return system === 'github-actions'
    ? { path: '.github/workflows/devpilot.yml', content: githubWorkflow() }
    : { path: '.gitlab/devpilot.gitlab-ci.yml', content: gitlabJob(answers.mainBranch) }
}

function githubWorkflow(): string {
  return `# Runs DevPilot for issues that get the label \`ai-task\`, or by hand.
# Needs: the secret of one model provider, the variable DEVPILOT_SOURCE (git URL of the DevPilot to use),
# and for gates that outlive the job the secret DATABASE_URL of a Postgres that your DevPilot server shows.
name: DevPilot

on:
  issues:
    types: [labeled]
  workflow_dispatch:
    inputs:
      issue:
        description: Number of the issue
        required: true

permissions:
  contents: write
  issues: write
  pull-requests: write

concurrency:
  group: devpilot-\${{ github.event.issue.number || inputs.issue }}

jobs:
  devpilot:
    if: github.event_name == 'workflow_dispatch' || github.event.label.name == 'ai-task'
    runs-on: ubuntu-latest
    timeout-minutes: 60
    steps:
      - uses: actions/checkout@v4
        with:
          fetch-depth: 0
      - uses: actions/setup-node@v4
        with:
          node-version: 24
      - name: Install DevPilot
        env:
          SOURCE: \${{ vars.DEVPILOT_SOURCE }}
        run: |
          git clone --depth 1 "$SOURCE" "$RUNNER_TEMP/devpilot"
          npm install --no-save --prefix "$RUNNER_TEMP/devpilot"
          sudo apt-get update && sudo apt-get install -y bubblewrap
          sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0
      - name: Run
        env:
          ANTHROPIC_API_KEY: \${{ secrets.ANTHROPIC_API_KEY }}
          OPENAI_API_KEY: \${{ secrets.OPENAI_API_KEY }}
          TOGETHER_API_KEY: \${{ secrets.TOGETHER_API_KEY }}
          DATABASE_URL: \${{ secrets.DATABASE_URL }}
          GITHUB_TOKEN: \${{ secrets.GITHUB_TOKEN }}
          ISSUE: \${{ github.event.issue.number || inputs.issue }}
        # Exit code 3 says that the run waits at a gate, which is where it should stop.
        run: |
          code=0
          node "$RUNNER_TEMP/devpilot/cli/devpilot.mjs" run --repo "$GITHUB_REPOSITORY" \\
            --trigger github_issue --issue "$ISSUE" || code=$?
          [ "$code" -eq 0 ] || [ "$code" -eq 3 ]
`
}

function gitlabJob(mainBranch: string): string {
  return `# Runs DevPilot by hand or from a trigger, with the variable DEVPILOT_TASK. Include it in .gitlab-ci.yml:
#   include: .gitlab/devpilot.gitlab-ci.yml
# Needs the variables DEVPILOT_SOURCE (git URL of the DevPilot to use) and the key of one model provider.
devpilot:
  image: node:24
  rules:
    - if: $CI_COMMIT_BRANCH == "${mainBranch}" && $DEVPILOT_TASK
  variables:
    GIT_DEPTH: 0
  before_script:
    - git clone --depth 1 "$DEVPILOT_SOURCE" /opt/devpilot
    - npm install --no-save --prefix /opt/devpilot
    - apt-get update && apt-get install -y bubblewrap
  script:
    - code=0; node /opt/devpilot/cli/devpilot.mjs run --repo . --task "$DEVPILOT_TASK" || code=$?
    # Exit code 3 says that the run waits at a gate, which is where it should stop.
    - '[ "$code" -eq 0 ] || [ "$code" -eq 3 ]'
`
}
