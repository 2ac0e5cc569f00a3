// `--completions`: a script that lets a shell complete the flags of `token`. Loaded only then.

import { type Flag, FLAGS } from "./flags.ts";

const NAMES = Object.entries<Flag>(FLAGS);
const isFile = ({ value }: Flag) => /^(path|folder)$/.test(value ?? "");

/** A flag as it is written, such as `--output` and `-o`. */
const spellings = (name: string, { short }: Flag) => [`--${name}`, ...short ? [`-${short}`] : []];
/** The spellings of all flags that are like that. */
const all = (isLike: (flag: Flag) => unknown) =>
  NAMES.filter(([, flag]) => isLike(flag)).flatMap(([name, flag]) => spellings(name, flag));

/** The script for a shell: the names of flags, the values of closed sets, and files. */
export function completionsFor(shell: string): string {
  return { bash, zsh, fish, powershell }[shell]!();
}

function bash(): string {
  const cases = NAMES.filter(([, { choices }]) => choices)
    .map(([name, flag]) =>
      `${spellings(name, flag).join("|")}) words='${flag.choices!.join(" ")}' ;;`
    );
  // "=" is a word of its own to bash. Without compopt, as in bash 3.2, no files are completed.
  return `# token completion for bash
_token() {
  local word=\${COMP_WORDS[COMP_CWORD]} flag=\${COMP_WORDS[COMP_CWORD - 1]} words=
  if [ "$word" = = ]; then
    word=
  elif [ "$flag" = = ]; then
    flag=\${COMP_WORDS[COMP_CWORD - 2]}
  fi
  COMPREPLY=()
  case $flag in
    ${cases.join("\n    ")}
    ${all(isFile).join("|")}) compopt -o default 2>/dev/null ;;
    ${all(({ value, choices }) => value && !choices).join("|")}) ;;
    *) words='${all(() => true).join(" ")}' ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "$word"))
}
complete -F _token token`;
}

function zsh(): string {
  const lines = NAMES.map(([name, flag]) => {
    const { help, value, choices, repeatable, short } = flag;
    const action = choices ? `(${choices.join(" ")})` : isFile(flag) ? "_files" : " ";
    const rest = `[${zshText(help)}]${value ? `:${zshText(value)}:${action}` : ""}'`;
    const long = `--${name}${value ? "=" : ""}`;
    if (short) return `'(-${short} --${name})'{-${short},${long}}'${rest}`;
    return `'${repeatable ? "*" : ""}${long}${rest}`;
  });
  // It works as a file in $fpath as well as with source.
  return `#compdef token
_token() {
  _arguments \\
    ${lines.join(" \\\n    ")}
}
if [ "$funcstack[1]" = _token ]; then _token "$@"; else compdef _token token; fi`;
}

const zshText = (text: string) => text.replace(/[[\]:\\]/g, "\\$&").replaceAll("'", "'\\''");

function fish(): string {
  const lines = NAMES.map(([name, flag]) => {
    const { help, value, choices, short } = flag;
    const letter = short ? ` -s ${short}` : "";
    const values = choices ? ` -x -a '${choices.join(" ")}'` : isFile(flag) ? " -r -F" : " -x";
    return `complete -c token -l ${name}${letter}${value ? values : ""} -d ${quoted(help, "\\'")}`;
  });
  return ["# token completion for fish", "complete -c token -f", ...lines].join("\n");
}

function powershell(): string {
  const list = (texts: string[]) => texts.map((text) => quoted(text, "''")).join(", ");
  const table = (rows: [key: string, value: string][]) =>
    `[ordered]@{\n${rows.map(([key, value]) => `    ${list([key])} = ${value}\n`).join("")}  }`;
  const choices = NAMES.filter(([, flag]) => flag.choices).flatMap(([name, flag]) =>
    spellings(name, flag).map((key): [string, string] => [key, list([...flag.choices!])])
  );
  const names = NAMES.map(([name, { help }]): [string, string] => [`--${name}`, list([help])]);
  // PowerShell completes files where it gets no result.
  return `# token completion for PowerShell
Register-ArgumentCompleter -Native -CommandName token -ScriptBlock {
  param($word, $command, $position)
  $names = ${table(names)}
  $choices = ${table(choices)}
  $others = ${list(all(({ value, choices }) => value && !choices))}
  $before = @($command.CommandElements | Where-Object { $_.Extent.EndOffset -lt $position })
  $flag = "$($before[-1])"
  $start = ''
  if ($word -match '^(--[a-z-]+)=') {
    $flag = $Matches[1]
    $start = "$flag="
  }
  if ($others -ccontains $flag) { return }
  $words = if ($choices.Contains($flag)) { $choices[$flag] } else { $names.Keys }
  $words | Where-Object { "$start$_".StartsWith($word) } | ForEach-Object {
    $text = if ($names.Contains($_)) { $names[$_] } else { $_ }
    [System.Management.Automation.CompletionResult]::new("$start$_", $_, 'ParameterValue', $text)
  }
}`;
}

const quoted = (text: string, quote: string) => `'${text.replaceAll("'", quote)}'`;
