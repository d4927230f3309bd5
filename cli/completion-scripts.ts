/** The program as far as a shell completes it. */
export interface CommandTree {
  readonly name: string
  readonly summary: string
  readonly flags: readonly { readonly flag: string; readonly summary: string }[]
  readonly commands: readonly CommandTree[]
}

/** Words after each command's own words: its commands and flags. */
function words(command: CommandTree): string {
  return [
    ...command.commands.map((child) => child.name),
    ...command.flags.map(({ flag }) => flag),
    '--help',
  ].join(' ')
}

/** Every command with the words that lead to it. */
function all(
  command: CommandTree,
  path: readonly string[] = [],
): { path: readonly string[]; command: CommandTree }[] {
  return [{ path, command }, ...command.commands.flatMap((child) => all(child, [...path, child.name]))]
}

/** `devpilot completion bash > ~/.local/share/bash-completion/completions/devpilot` */
export function bashScript(root: CommandTree): string {
  const cases = all(root).map(({ path, command }) => `    '${path.join(' ')}') words='${words(command)}' ;;`)
  return `# bash completion for devpilot
_devpilot() {
  local current="\${COMP_WORDS[COMP_CWORD]}" path='' words='' i
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "\${COMP_WORDS[i]}" in
      -*) ;;
      *) case " $(_devpilot_words "$path") " in *" \${COMP_WORDS[i]} "*) path="\${path:+$path }\${COMP_WORDS[i]}" ;; esac ;;
    esac
  done
  words="$(_devpilot_words "$path")"
  COMPREPLY=($(compgen -W "$words" -- "$current"))
  if [[ \${#COMPREPLY[@]} -eq 0 && "$current" != -* ]]; then COMPREPLY=($(compgen -f -- "$current")); fi
}
_devpilot_words() {
  local words=''
  case "$1" in
${cases.join('\n')}
  esac
  printf '%s' "$words"
}
complete -F _devpilot devpilot
`
}

/** `devpilot completion zsh > "\${fpath[1]}/_devpilot"` */
export function zshScript(root: CommandTree): string {
  const cases = all(root).map(({ path, command }) => {
    const items = [
      ...command.commands.map((child) => quoted(`${child.name}:${child.summary}`)),
      ...command.flags.map(({ flag, summary }) => quoted(`${flag}:${summary}`)),
    ]
    return `    '${path.join(' ')}') items=(${items.join(' ')}) ;;`
  })
  const commands = all(root).flatMap(({ path }) => (path.length > 0 ? [`'${path.join(' ')}'`] : []))
  return `#compdef devpilot
_devpilot() {
  local at='' word
  local -a items known
  known=(${commands.join(' ')})
  for word in "\${(@)words[2,CURRENT-1]}"; do
    if (( \${known[(Ie)\${at:+$at }$word]} )); then at="\${at:+$at }$word"; fi
  done
  case "$at" in
${cases.join('\n')}
  esac
  _describe 'devpilot' items || _files
}
if [[ "$funcstack[1]" == _devpilot ]]; then _devpilot "$@"; else compdef _devpilot devpilot; fi
`
}

/** `devpilot completion fish > ~/.config/fish/completions/devpilot.fish` */
export function fishScript(root: CommandTree): string {
  const lines = all(root).flatMap(({ path, command }) => {
    const here = condition(path, command)
    return [
      ...command.commands.map(
        (child) => `complete -c devpilot -n ${here} -f -a ${child.name} -d ${quoted(child.summary)}`,
      ),
      ...command.flags.map(
        ({ flag, summary }) => `complete -c devpilot -n ${here} -l ${flag.slice(2)} -d ${quoted(summary)}`,
      ),
    ]
  })
  return `# fish completion for devpilot\n${lines.join('\n')}\n`
}

function condition(path: readonly string[], { commands }: CommandTree): string {
  if (path.length === 0) return '__fish_use_subcommand'
  const seen = path.map((word) => `__fish_seen_subcommand_from ${word}`)
  const none =
    commands.length > 0 ? [`not __fish_seen_subcommand_from ${commands.map((it) => it.name).join(' ')}`] : []
  return quoted([...seen, ...none].join('; and '))
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", '’').replaceAll('\\', '')}'`
}
