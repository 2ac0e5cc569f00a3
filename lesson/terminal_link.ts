// A link to a file, for terminals that make one of an escape sequence (OSC 8).

import { isTerminal, readVariable } from "../runtime/runtime.ts";
import { pathOf } from "./check_file.ts";

const PROGRAMS = ["iTerm.app", "WezTerm", "vscode", "ghostty", "Hyper", "Tabby"];
const TERMINALS = ["xterm-kitty", "alacritty", "foot", "xterm-ghostty"];
const OLDEST_VTE = 5000;

/** The URL of a file, if the terminal can show a link to it. */
export function linkTo(file: string): string | undefined {
  if (!isTerminal("stdout") || !hasLinks()) return undefined;
  const path = pathOf(file).replaceAll("\\", "/");
  return /^\/|^[A-Za-z]:/.test(path)
    ? `${new URL(
      `file:///${path.replace(/^\//, "").split("/").map(encodeURIComponent).join("/")}`,
    )}`
    : undefined;
}

function hasLinks(): boolean {
  return PROGRAMS.includes(readVariable("TERM_PROGRAM") ?? "") ||
    TERMINALS.includes(readVariable("TERM") ?? "") ||
    Number(readVariable("VTE_VERSION")) >= OLDEST_VTE ||
    readVariable("WT_SESSION") !== undefined;
}

/** A text that is a link. */
export function linked(text: string, url: string | undefined): string {
  return url ? `\x1b]8;;${url}\x1b\\${text}\x1b]8;;\x1b\\` : text;
}
