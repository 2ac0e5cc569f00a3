// Lists the tools of a server of the Model Context Protocol, with no more than `fetch` and a token.

/** The status of the server's answer, and the names of its tools. */
export async function listTools(
  url: string,
  token: string,
): Promise<{ status: number; names: string[] }> {
  const response = await fetch(url, {
    method: "POST",
    headers: {
      accept: "application/json, text/event-stream",
      authorization: `Bearer ${token}`,
      "content-type": "application/json",
    },
    body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/list" }),
  });
  const text = await response.text();
  // The answer is JSON, or an event with JSON.
  const [json = "null"] = text.match(/\{.*\}/) ?? [];
  const tools: { name: string }[] = JSON.parse(json)?.result?.tools ?? [];
  return { status: response.status, names: tools.map(({ name }) => name) };
}
