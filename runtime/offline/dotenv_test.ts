import { assert, assertEquals } from "@std/assert";
import { parse } from "./dotenv.ts";
import { processorTime } from "../../tests/support/command.ts";
import { needs } from "../../tests/support/needs.ts";

const STD_PARSE = "@std/dotenv/parse";
const FILES = 10_000;
const SEED = 1;
const MAX_PARTS = 20;
// deno-fmt-ignore
const PARTS = [
  '"', '"', "'", "'", "\\", "\\", "#", "=", " ", "\t", "\r", "\n", "\n", "\r\n", "\u2028", "\u2029",
  "\u00a0", "\ufeff", "\v", "\0", "`", "export", "export ", "a", "b", "n", "r", "t", "0", "-", "é",
  "\u{1f511}", "NAME", "_N1", "__proto__", "1N", "N=", "N = ", "N='", 'N="', "\nM=",
  "\nM='", '\nM="', '\\\n"',
];

/** Parses a text, and returns the variables in their order and the number of warnings. */
function read(parser: typeof parse, text: string): [variables: [string, string][], warned: number] {
  const { warn } = console;
  let warned = 0;
  console.warn = () => warned++;
  try {
    const variables = Object.entries(parser(text));
    return [variables, warned];
  } finally {
    console.warn = warn;
  }
}

/** Returns a function that draws from the integers below a limit (mulberry32). */
function integers(seed: number): (limit: number) => number {
  return (limit) => {
    seed = (seed + 0x6d2b79f5) | 0;
    let bits = Math.imul(seed ^ (seed >>> 15), seed | 1);
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
    return ((bits ^ (bits >>> 14)) >>> 0) % limit;
  };
}

for (
  const [behaviour, text, expected] of [
    ["reads nothing from nothing", "", {}],
    ["reads no line without name and =", "A\nB C=1\n='2\nD=3", { D: "3" }],
    ["reads no line that begins with #", "#A='1\nB=2\n # C=\"3'\nD=4", { B: "2", D: "4" }],
    ["trims unquoted values and drops comments", "A= 1 2\t#3\nB=4#5\n C = 6 ", {
      A: "1 2",
      B: "4",
      C: "6",
    }],
    ["reads empty values", "A=\nB= \nC=\t# c\nD=''\nE=\"\"\nF=6", {
      A: "",
      B: "",
      C: "",
      D: "",
      E: "",
      F: "6",
    }],
    ["leaves quotes, backslashes and = in unquoted values", "A=1\"2'\\n=\nB=`3\\t`", {
      A: "1\"2'\\n=",
      B: "`3\\t`",
    }],
    ["reads names after export", "export A=1\n\texport\t\u00a0B=2\nexport=3\nexported=4", {
      A: "1",
      B: "2",
      export: "3",
      exported: "4",
    }],
    ["reads a name, export and = on lines of their own", "export\n\nA\n\n=1\nB\r\n=\n2", {
      A: "1",
      B: "",
    }],
    ["takes the word before = only if it begins the line", "x A=1\nexport y B=2\nexport\nC=3", {
      C: "3",
    }],
    ["skips invalid names", "1A=1\nA-B='2\nC=3'\nÄ=4\nB.C=5\nA_1=6", { A_1: "6" }],
    ["keeps the last of equal names", "A=1\nB=2\nA='3'", { A: "3", B: "2" }],
    ["takes __proto__ for a name", "__proto__=1\nconstructor=2", {
      ["__proto__"]: "1",
      constructor: "2",
    }],
    ["reads single quotes", "A='1 #\"2\"\\n\\' # 3\nB= \t'4\n\n5'", {
      A: '1 #"2"\\n\\',
      B: "4\n\n5",
    }],
    ["reads double quotes", 'A="1 #\'2\'" # 3\nB= \t"4\n\n5"', { A: "1 #'2'", B: "4\n\n5" }],
    ["reads escapes in double quotes", `A="\\n\\r\\t\\"\\'\\\\n\\a\\ "`, {
      A: "\n\r\t\"'\\n\\a\\ ",
    }],
    ["reads escapes on later lines", 'A="1\n\\t2\\\n3\\"\n\\\\"\nB=4', {
      A: '1\n\t2\\\n3"\n\\',
      B: "4",
    }],
    [
      "drops one newline right inside quotes",
      "A='\n\n1\n\n'\nB='\r\n2\r\n3\r\n'\nC=\"\r\n\r\n4\r\n\r\n\"\nD=\"\r\r5\r\r\"",
      {
        A: "\n1\n",
        B: "2\r\n3",
        C: "\r\n4\r\n",
        D: "\r5\r",
      },
    ],
    ["drops newlines if quotes hold nothing else", "A='\n'\nB=\"\r\n\"\nC='\r\r'\nD=\"\n\r\"", {
      A: "",
      B: "",
      C: "",
      D: "",
    }],
    ["drops a newline after a backslash in single quotes only", "A='1\\\n'\nB=\"2\\\n\"", {
      A: "1\\",
      B: "2\\\n",
    }],
    ["drops LF of CR LF after a backslash", 'A="1\\\r\n"', { A: "1\\\r" }],
    ["drops what follows a closing quote", "A='1'2\nB=\"3\"4\"\nC='' 5\nD=\"\"6\nE='\n7' F=8", {
      A: "1",
      B: "3",
      C: "",
      D: "",
      E: "7",
    }],
    ["reads unclosed quotes as unquoted", "A=\"1 # 2\nB='3", { A: '"1', B: "'3" }],
    ["lets unclosed quotes end at the next ones", "A='1\nB='2\nC=\"3\nD=\"4\n", {
      A: "1\nB=",
      C: "3\nD=",
    }],
    ["does not end quotes at an escaped quote", 'A="1\\"\nB=2', { A: '"1\\"', B: "2" }],
    ["takes CR LF and CR for the end of a line", "A=1\r\nB=2\rC='3'\r\n\rD=\"4\"\rE=5\r", {
      A: "1",
      B: "2",
      C: "3",
      D: "4",
      E: "5",
    }],
    ["takes no CR within single quotes", "A='1\r2'\nB=\"3\r4\"\nC='5\r'\nD='\r6'\nE='7\r\r'\nF=8", {
      A: "'1",
      B: "3\r4",
      C: "5",
      D: "6",
      E: "'7",
      F: "8",
    }],
    [
      "takes U+2028 for part of an unquoted value",
      "A=1\u2028B=2\u2028\nC='3\u2028'\u2028\nD='4\u2029'",
      {
        A: "1\u2028B=2",
        C: "'3\u2028'",
        D: "'4\u2029'",
      },
    ],
    [
      "takes U+2028 for the end of other lines",
      "A='1' 2\u2028B=\"3\u2028\" 4\u2029#\u2028C=5#\u2028D=6",
      {
        A: "1",
        B: "3\u2028",
        C: "5",
        D: "6",
      },
    ],
    [
      "goes past BOM and other blanks",
      "\ufeffA=1\n\u00a0\ufeff B\v=\u00a02\ufeff\n\n \n\tC=3\nD=\u00a0'4'",
      {
        A: "1",
        B: "2",
        C: "3",
        D: "'4'",
      },
    ],
  ] as [string, string, Record<string, string>][]
) {
  Deno.test(`parse of offline/dotenv.ts ${behaviour}`, () => {
    assertEquals(read(parse, text)[0], Object.entries(expected));
  });
}

Deno.test("parse of offline/dotenv.ts warns of each invalid name", () => {
  assertEquals(read(parse, "1=a\nA=b\nA+=c"), [[["A", "b"]], 2]);
});

Deno.test({
  ...needs("parse of offline/dotenv.ts reads any file as @std/dotenv does", "@std"),
  async fn() {
    const std = await import(STD_PARSE);
    const integer = integers(SEED);
    for (let count = 0; count < FILES; count++) {
      const parts = Array.from({ length: integer(MAX_PARTS) }, () => PARTS[integer(PARTS.length)]);
      const text = parts.join("");
      assertEquals([text, read(parse, text)], [text, read(std.parse, text)]);
    }
  },
});

for (
  const [name, line] of Object.entries({
    "blank lines": "\n",
    "blank lines with CR LF": " \t\r\n",
    "blank lines with CR": "\r",
    "blank lines with U+2028": "\u2028",
    "blank lines with U+2029": "\u2029",
    "blank lines after export": `export${"\n".repeat(1000)}`,
    "blank lines after a name": `A${"\n".repeat(1000)}`,
    "quotes": '"',
    "lines with an opening quote": 'A="\n',
    "lines with an unclosed quote": "A='\r",
    "lines with an escaped quote": 'A="\\"\\',
    "lines with a name": "A\n",
  })
) {
  Deno.test(`parse of offline/dotenv.ts is done with 1 MiB of ${name} in time`, () => {
    const text = line.repeat(2 ** 20 / line.length);
    const started = processorTime();
    read(parse, text);
    read(parse, `A="${text}`);
    assert(processorTime() - started < 3000);
  });
}
