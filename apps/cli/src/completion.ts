// Shell completion scripts for bash, zsh and fish, made from the command table.
import { type Command, everywhere, type Option } from "./command.ts";

export const shells = ["bash", "zsh", "fish"] as const;
export type Shell = (typeof shells)[number];

/** The script to be sourced by `shell`. */
export function completionScript(shell: Shell, table: readonly Command[]): string {
  return { bash: bashScript, zsh: zshScript, fish: fishScript }[shell](table);
}

/** Words that may follow a prefix of words: commands of the table. */
function nextWords(table: readonly Command[], before: readonly string[]): string[] {
  const words = table
    .filter((each) => before.every((word, at) => each.words[at] === word))
    .map((each) => each.words[before.length])
    .filter((word) => word !== undefined);
  return [...new Set(words)];
}

function groups(table: readonly Command[]): string[] {
  return [
    ...new Set(table.filter((each) => each.words.length > 1).map((each) => each.words[0] ?? "")),
  ];
}

function optionsOf(command: Command): [string, Option<unknown>][] {
  return Object.entries({ ...command.options, ...everywhere });
}

function bashScript(table: readonly Command[]): string {
  const groupCases = groups(table).map(
    (group) => `    ${group}) words="${nextWords(table, [group]).join(" ")}" files="" ;;`,
  );
  const cases = table.map((each) => {
    const flags = optionsOf(each).map(([name]) => `--${name}`);
    const choices = each.operands.flatMap((operand) => operand.choices ?? []);
    return `    "${each.words.join(" ")}") words="${[...choices, ...flags].join(" ")}" ;;`;
  });
  const values = table.flatMap((each) =>
    optionsOf(each)
      .filter(([, option]) => option.choices !== null)
      .map(
        ([name, option]) =>
          `    "${each.words.join(" ")} --${name}") values="${option.choices?.join(" ")}" ;;`,
      ),
  );
  return `# bash completion of masklet; load it with: source <(masklet completion bash)
_masklet() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}" words="" values="" files=yes
  local command="\${COMP_WORDS[1]:-}"
  case "$command" in
    ${groups(table).join("|")}) [ "$COMP_CWORD" -gt 2 ] && command="$command \${COMP_WORDS[2]}" ;;
  esac
  case "$command $previous" in
${values.join("\n")}
  esac
  if [ -n "$values" ]; then
    COMPREPLY=($(compgen -W "$values" -- "$current"))
    return
  fi
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W "${nextWords(table, []).join(" ")} help" -- "$current"))
    return
  fi
  case "$command" in
${[...groupCases, ...cases].join("\n")}
  esac
  case "$current" in
    -*) COMPREPLY=($(compgen -W "$words" -- "$current")) ;;
    *)
      COMPREPLY=($(compgen -W "$(printf '%s\\n' $words | grep -v '^-')" -- "$current"))
      [ -n "$files" ] && COMPREPLY+=($(compgen -f -- "$current")) ;;
  esac
}
complete -o filenames -F _masklet masklet
`;
}

function zshScript(table: readonly Command[]): string {
  const cases = table.map((each) => {
    const specs = optionsOf(each).map(
      ([name, option]) => `      ${quoted(zshOption(name, option))}`,
    );
    const operands = each.operands.map((operand, at) => {
      const action = operand.choices === null ? "_files" : `(${operand.choices.join(" ")})`;
      return `      ${quoted(`${at + 1}:${operand.name}:${action}`)}`;
    });
    return `    ${quoted(each.words.join(" "))}) _arguments \\\n${[...specs, ...operands].join(" \\\n")} ;;`;
  });
  return `#compdef masklet
# zsh completion of masklet; put it in your fpath as _masklet, or: source <(masklet completion zsh)
_masklet() {
  local command="\${words[2]}" skip=1
  if (( CURRENT == 2 )); then
    compadd ${nextWords(table, []).join(" ")} help
    return
  fi
  case "$command" in
    ${groups(table).join("|")})
      if (( CURRENT == 3 )); then
        case "$command" in
${groups(table)
  .map((group) => `          ${group}) compadd ${nextWords(table, [group]).join(" ")} ;;`)
  .join("\n")}
        esac
        return
      fi
      command="$command \${words[3]}" skip=2 ;;
  esac
  shift $skip words
  (( CURRENT -= skip ))
  case "$command" in
${cases.join("\n")}
  esac
}
compdef _masklet masklet
`;
}

function zshOption(name: string, option: Option<unknown>): string {
  const star = option.repeats ? "*" : "";
  const about = option.summary.replace(/[[\]:]/g, " ");
  if (option.value === null) return `${star}--${name}[${about}]`;
  const action = option.choices === null ? "_files" : `(${option.choices.join(" ")})`;
  return `${star}--${name}[${about}]:${option.value.replace(/[[\]:]/g, " ")}:${action}`;
}

function fishScript(table: readonly Command[]): string {
  const lines = ["# fish completion of masklet; load it with: masklet completion fish | source"];
  for (const word of nextWords(table, [])) {
    const summary = table.find(
      (each) => each.words.length === 1 && each.words[0] === word,
    )?.summary;
    const about = summary === undefined ? "" : ` -d ${quoted(summary)}`;
    lines.push(`complete -c masklet -n __fish_use_subcommand -f -a ${word}${about}`);
  }
  for (const each of table) {
    const [group, word] = each.words;
    const here =
      word === undefined
        ? `__fish_seen_subcommand_from ${group}`
        : `__fish_seen_subcommand_from ${group}; and __fish_seen_subcommand_from ${word}`;
    if (word !== undefined) {
      const siblings = nextWords(table, [group ?? ""]).join(" ");
      const free = `__fish_seen_subcommand_from ${group}; and not __fish_seen_subcommand_from ${siblings}`;
      lines.push(`complete -c masklet -n ${quoted(free)} -f -a ${word} -d ${quoted(each.summary)}`);
    }
    for (const [name, option] of optionsOf(each)) {
      const value = option.value === null ? "" : " -r";
      const choices = option.choices === null ? "" : ` -f -a ${quoted(option.choices.join(" "))}`;
      lines.push(
        `complete -c masklet -n ${quoted(here)} -l ${name}${value}${choices} -d ${quoted(option.summary)}`,
      );
    }
    for (const operand of each.operands) {
      if (operand.choices === null) continue;
      lines.push(
        `complete -c masklet -n ${quoted(here)} -f -a ${quoted(operand.choices.join(" "))} -d ${quoted(operand.summary)}`,
      );
    }
  }
  return `${lines.join("\n")}\n`;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
