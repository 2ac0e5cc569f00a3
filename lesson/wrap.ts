// Breaks texts into lines for a terminal.

/** How wide a line is. */
export const WIDTH = 78;

/** Breaks a text into lines. */
export function wrap(text: string, width = WIDTH): string[] {
  const lines = text.match(new RegExp(`.{1,${width}}(?:\\s|$)|\\S{1,${width}}`, "g")) ?? [];
  return lines.map((line) => line.trim());
}
