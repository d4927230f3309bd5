import { Command, Option } from 'commander'
import type { CommandModule } from './invocation'
import { makeIo } from './io'
import { refuseAbove, refuseMore, unknownCommand } from './mistyped'
import { workUnread } from './reader'

export const VERSION = '0.1.0'
/** Help reads the same on every terminal, so that it can be shown from a file before anything is loaded. */
const HELP_WIDTH = 100

type Load = () => Promise<CommandModule>

/**
 * All commands with their help, and nothing of what they do: that is imported once one is chosen.
 * @param finish told the exit code
 */
export function buildProgram(finish: (code: number) => void): Command {
  const root = new Command('devpilot')
  root
    .description('Turns an issue or a task into a planned, reviewed, tested and approved pull request.')
    .version(VERSION, '-V, --version')
    .exitOverride()
    .configureHelp({ helpWidth: HELP_WIDTH, showGlobalOptions: false })
    .configureOutput({ getOutHelpWidth: () => HELP_WIDTH, getErrHelpWidth: () => HELP_WIDTH })
    .helpCommand('help [command]', 'Show the help of a command.')
    .showHelpAfterError('(see --help)')
    .addHelpText('after', EXAMPLES)
  const commands = new Commands(root, finish)
  addWork(commands)
  addRuns(commands)
  addGates(commands)
  addRecord(commands)
  addKeys(commands)
  addMachine(commands)
  return root
}

class Commands {
  private readonly root: Command
  private readonly finish: (code: number) => void

  constructor(root: Command, finish: (code: number) => void) {
    this.root = root
    this.finish = finish
  }

  /** A command whose module is loaded when it runs. `usage` may name arguments: `logs <run>`. */
  add(usage: string, summary: string, load: Load, parent = this.root, isDefault = false): Command {
    const finish = this.finish
    return parent
      .command(usage, { isDefault })
      .allowExcessArguments()
      .description(summary)
      .option('--json', 'write data as JSON')
      .option('--no-color', 'write no colours')
      .action(async function (this: Command) {
        const group = isDefault ? parent : this
        const [extra] = this.args
        if (group.commands.length > 0 && extra !== undefined) unknownCommand(group, extra)
        refuseMore(this)
        refuseAbove(this)
        const options = this.optsWithGlobals()
        const io = makeIo({ json: options.json === true })
        // A worker's log is read by programs, as a server's is.
        if (this.name() === 'worker') workUnread()
        else if (!io.json) (await import('@/lib/log')).logForPeople()
        const { command } = await load()
        finish(await command({ args: this.processedArgs, options, io }))
      })
  }

  group(name: string, summary: string): Command {
    return this.root.command(name).description(summary)
  }
}

const repoOption = () =>
  new Option('--repo <path>', 'repository: a path, URL or owner/name').default('.', 'this folder')

function runOptions(command: Command): Command {
  return command
    .addOption(repoOption())
    .option('--model <name>', 'model instead of the configured one')
    .option('--provider <name>', 'openai, together, anthropic, compatible, oumi or recorded')
    .option('--recording <file>', 'recording that the provider `recorded` replays')
    .option('--budget <dollars>', 'most that the run may spend (default: budget.per_run_usd, 3)')
    .option('--target <branch>', 'branch to merge into (default: the main branch)')
    .option('--config <file>', 'configuration instead of the base branch’s devpilot.yaml')
    .option('--priority <number>', 'higher goes first where runs wait for a worker (default: 0)')
    .option('--detach', 'start it and do not follow')
}

function addWork(commands: Commands): void {
  commands
    .add('init', 'Write devpilot.yaml for a repository, and CI when asked.', () => import('./commands/init'))
    .addOption(repoOption())
    .option('--language <name>', 'language instead of the detected one')
    .option('--ci <system>', 'also write CI: github-actions or gitlab')
    .option('--integrations <names>', 'switch on, comma-separated: github, gitlab, slack, sentry, jira')
    .option('-y, --yes', 'take what was detected, ask nothing')
    .option('--force', 'overwrite files that are there')
  runOptions(
    commands.add(
      'run',
      'Run a task or an issue through a flow, and follow it live.',
      () => import('./commands/run'),
    ),
  )
    .option('--task <text>', 'what is to be done')
    .option('--task-file <file>', 'the same from a file, or - for standard input')
    .option('--issue <number>', 'an issue of the repository’s forge')
    .addOption(new Option('--issue-number <number>').hideHelp())
    .option('--trigger <name>', 'what asks for it: github_issue, ci_failure, sentry_alert, cli …')
    .option('--log <file>', 'failure log that a debugger starts from')
    .option('--flow <name>', 'issue, ci_failure, sentry_alert, scaffold, tests, refactor or one of your own')
    .addHelpText('after', RUN_EXAMPLES)
  runOptions(
    commands.add(
      'agent <name>',
      'Run one agent: planner, coder, reviewer, tester or debugger.',
      () => import('./commands/agent'),
    ),
  )
    .option('--task <text>', 'what is to be done')
    .option('--files <paths...>', 'files that it is about')
    .option('--log <file>', 'failure log, for the debugger')
  commands
    .add(
      'scaffold',
      'Audit the files that good repositories have, and write what is missing.',
      () => import('./commands/scaffold'),
    )
    .addOption(repoOption())
    .option('--write', 'write the missing files into this checkout')
    .option('--pr', 'run the flow `scaffold`, which ends in a pull request')
    .option('--detach', 'with --pr: start it and do not follow')
    .option('--show', 'print the drafts')
  for (const [name, summary] of [
    ['tests', 'Write tests for what is there, through the flow `tests`.'],
    ['refactor', 'Change the shape of code and not what it does, through the flow `refactor`.'],
  ] as const) {
    runOptions(
      commands.add(
        name,
        summary,
        name === 'tests' ? () => import('./commands/tests') : () => import('./commands/refactor'),
      ),
    )
      .option('--task <text>', 'what is to be done')
      .option('--files <paths...>', 'files that it is about')
  }
}

function addRuns(commands: Commands): void {
  commands.add('status', 'What runs, what waits for people, what failed.', () => import('./commands/status'))
  const runs = commands
    .group('runs', 'List runs, look at one, or steer it.')
    .addHelpText('after', RUNS_EXAMPLES)
  commands
    .add('list', 'List runs, the newest first.', () => import('./commands/runs-list'), runs, true)
    .option('--status <names>', 'only these, comma-separated: running, waiting_gate, failed …')
    .option('--limit <number>', 'how many (default: 20)')
    .option('--repo <name>', 'only of this repository: its name or id')
    .option('--flow <name>', 'only of this flow')
    .option('--author <id>', 'only those that this person asked for')
    .option('--since <time>', 'only since: 24h, 7d, 2026-11-03, or a time with its zone')
    .option('--text <words>', 'only with these words in the title, the branch or the issue')
    .option('--dead', 'only those that were given up, with the reason')
    .option('--requeue [runs...]', 'put those back that were given up: all, or the ones named')
    .option('--reason <text>', 'why; kept in the audit log')
  const steer = () => import('./commands/runs-steer')
  commands.add(
    'show <run>',
    'One run: its steps, evidence, cost and gate.',
    () => import('./commands/runs-show'),
    runs,
  )
  const reason = (command: Command) => command.option('--reason <text>', 'why; kept in the audit log')
  reason(commands.add('cancel <run>', 'Cancel a run.', async () => (await steer()).cancel, runs))
  reason(
    commands.add(
      'retry <run>',
      'Run it again from where it failed.',
      async () => (await steer()).retry,
      runs,
    ),
  )
    .option('--from <step>', 'begin again at this step')
    .option('--detach', 'do not follow')
  reason(
    commands.add(
      'resume <run>',
      'Let a run go on, with more budget if it needs some.',
      async () => (await steer()).resume,
      runs,
    ),
  )
    .option('--budget <dollars>', 'what it may spend in all')
    .option('--detach', 'do not follow')
  reason(
    commands.add('skip <run>', 'Skip the step that it stands at.', async () => (await steer()).skip, runs),
  ).option('--detach', 'do not follow')
  commands.add(
    'schedules',
    'The schedules of all repositories: when they start a run next.',
    () => import('./commands/schedules'),
  )
  addTravel(commands, runs)
  commands
    .add('logs <run>', 'Print the events of a run.', () => import('./commands/logs'))
    .option('-f, --follow', 'go on as they come')
}

function addTravel(commands: Commands, runs: Command): void {
  const several = (value: string, before: string[] = []) => [...before, value]
  commands
    .add(
      'fork <run>',
      'Begin a new run where another one was, with another prompt, model or configuration.',
      () => import('./commands/runs-fork'),
      runs,
    )
    .option('--at <place>', 'a step (its last bead), or a bead’s number or id (default: the beginning)')
    .option('--turn <number>', 'take this bead over up to this turn')
    .option('--model <name>', 'another model; agent=name for one agent alone; can be repeated', several)
    .option('--provider <name>', 'openai, together, anthropic, compatible, oumi or recorded')
    .option('--prompt <name=file>', 'another prompt: coder=my-coder.md; can be repeated', several)
    .option('--config <file>', 'another configuration')
    .option('--budget <dollars>', 'what it may spend (default: as the original)')
    .option('--reason <text>', 'why; kept in the audit log')
    .option('--detach', 'start it and do not follow')
    .addHelpText('after', FORK_EXAMPLES)
  commands
    .add(
      'replay <run>',
      'Drive a run again from its record, with no key, and say where it parts from it.',
      () => import('./commands/runs-replay'),
      runs,
    )
    .option('--prompt <name=file>', 'another prompt: where would the run part? can be repeated', several)
    .option('--config <file>', 'another configuration’s thresholds and limits')
    .option('--tools', 'run the file tools once more, in a checkout of their own')
    .addHelpText('after', '\nExit codes: 0 the same, 1 it parts, or could not all be compared.')
}

function addGates(commands: Commands): void {
  const gate = commands.group('gate', 'Look at gates and decide them.')
  const decide = () => import('./commands/gate-decide')
  const id = ['--id <gate>', 'id or name of the gate; not needed when one waits'] as const
  commands
    .add('list', 'List the gates that wait for people.', () => import('./commands/gate-list'), gate, true)
    .option('--closed', 'those that were decided or lapsed instead, the last first')
  commands
    .add(
      'show [gate]',
      'What a decision is made from: reason, evidence, reviews, diff.',
      () => import('./commands/gate-show'),
      gate,
    )
    .option(...id)
  commands
    .add(
      'approve [gate]',
      'Approve the change that the gate shows.',
      async () => (await decide()).approve,
      gate,
    )
    .option(...id)
    .option('--reason <text>', 'why')
    .option('-y, --yes', 'do not ask for confirmation')
    .option('--detach', 'do not follow the run afterwards')
  commands
    .add('reject [gate]', 'Reject it; the run ends.', async () => (await decide()).reject, gate)
    .option(...id)
    .option('--reason <text>', 'why; needed')
}

function addKeys(commands: Commands): void {
  const key = commands.group('key', 'Make, list and revoke API keys.')
  commands.add('list', 'List API keys, the newest first.', () => import('./commands/key-list'), key, true)
  commands
    .add('create <name>', 'Make a key, shown once.', () => import('./commands/key-create'), key)
    .option(
      '--scopes <list>',
      'comma-separated: read, ingest, trigger, approve, admin (default: read,trigger)',
    )
    .option('--days <number>', 'days until it ends (default: 90)')
    .option('--forever', 'no end but being revoked')
    .addHelpText(
      'after',
      `
Examples:
  devpilot key create ci --scopes ingest,trigger
  devpilot key create laptop --days 30 > ~/.devpilot-key`,
    )
  commands.add(
    'revoke <key>',
    'Revoke a key, by its id or prefix.',
    () => import('./commands/key-revoke'),
    key,
  )
}

/** Which entries of the audit log are meant. */
const narrowed = (command: Command): Command =>
  command
    .option('--run <run>', 'only of this run')
    .addOption(new Option('--pipeline-id <run>').hideHelp())
    .option('--action <name>', 'only these: gate.approved, or gate.* for all of a kind')
    .option('--actor <name>', 'only what this person or agent did: a name, or an id')
    .option('--since <time>', 'only since: 24h, 7d, 2026-11-03, or a time with its zone')
    .option('--until <time>', 'only until, said as with --since; a day counts to its end')

function addRecord(commands: Commands): void {
  const audit = narrowed(
    commands
      .add('audit', 'Show the audit log, the newest entries first.', () => import('./commands/audit'))
      .allowExcessArguments(),
  ).option('--last <number>', 'how many (default: 20)')
  const more = () => import('./commands/audit-more')
  commands
    .add(
      'verify',
      'Check that no entry was changed, removed or added.',
      async () => (await more()).verify,
      audit,
    )
    .option('--run <run>', 'only the chain of this run')
  narrowed(
    commands.add(
      'export',
      'Write the log as JSON lines, the oldest first.',
      async () => (await more()).exportLog,
      audit,
    ),
  )
}

function addMachine(commands: Commands): void {
  commands
    .add(
      'demo',
      'Show a whole run on a sample repository, from recorded model calls.',
      () => import('./commands/demo'),
    )
    .option('--live', 'with a real model; needs a key')
    .option('--record', 'with a real model, and keep its calls as the new recording')
    .option('--model <name>', 'model instead of the default one')
    .option('-y, --yes', 'approve at the gate by itself')
  commands
    .add('worker', 'Do queued work in this process until it is stopped.', () => import('./commands/worker'))
    .option('--concurrency <number>', 'runs at a time (default: 1)')
    .option('--grace <seconds>', 'time that a step may still take when it is stopped (default: 8)')
  commands.add('migrate', 'Bring the database’s schema up to date.', () => import('./commands/migrate'))
  commands
    .add('doctor', 'Check this machine, and say what mends it.', () => import('./commands/doctor'))
    .addOption(repoOption())
  commands.add(
    'completion <shell>',
    'Print a completion script for bash, zsh or fish.',
    () => import('./commands/completion'),
  )
}

const EXAMPLES = `
Examples:
  devpilot demo                                     see a whole run, no key needed
  devpilot init                                     write devpilot.yaml for this repository
  devpilot run --task "Round prices half up"        plan, code, review, test, pull request
  devpilot run --issue 42                           the same from an issue
  devpilot gate approve                             approve what waits
  devpilot audit --last 20                          who did what

Exit codes: 0 ok, 1 error, 2 cancelled, 3 waiting at a gate, 4 sign-in needed, 5 the run failed.`

const RUNS_EXAMPLES = `
Without a command it is \`list\`, and takes its options:
  devpilot runs --status failed --since 7d          all of them: devpilot runs list --help
  devpilot runs --dead                              runs that were given up, with the reason
  devpilot runs --dead --requeue                    put them back`

const FORK_EXAMPLES = `
Examples:
  devpilot runs fork last --at coder                    the same plan, coded once more
  devpilot runs fork 1a2b3c4d --at coder --turn 3 --model coder=gpt-4.1
  devpilot runs fork last --at reviewer --prompt reviewer=strict.md`

const RUN_EXAMPLES = `
Examples:
  devpilot run --task "Add a --json flag to the list command"
  devpilot run --trigger ci_failure --log ci.log
  devpilot run --issue 42 --budget 5 --detach --json`
