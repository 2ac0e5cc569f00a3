// The practice server's page in a real browser: Debian's chromium, if it is installed.

import { assert, assertEquals, assertMatch } from "@std/assert";
import { openPage } from "../lesson/page.ts";
import { PRACTICE_CLIENT, startPracticeServer } from "../lesson/start_practice_server.ts";
import { findChromium, needs, npm } from "./support/needs.ts";

const CHROMIUM = findChromium();
// Named in two parts, so that it is downloaded only where there is a browser.
const loadPlaywright = () => import(`npm:playwright-core@${"1.61.1"}`);
const playwright = CHROMIUM ? await npm("playwright-core", loadPlaywright) : undefined;

const FORM = { grant_type: "client_credentials", ...PRACTICE_CLIENT };
const EVIL = "<img src=x onerror=\"document.title='evil'\">";

/** What these tests use of Playwright. */
interface Page {
  goto(url: string): Promise<unknown>;
  evaluate<T>(script: string): Promise<T>;
  close(): Promise<void>;
  keyboard: { press(key: string): Promise<void> };
  on(event: "console" | "pageerror", listener: (message: unknown) => void): void;
}

interface Browser {
  newPage(options: Record<string, unknown>): Promise<Page>;
  close(): Promise<void>;
}

async function startBrowser(): Promise<Browser> {
  return await playwright.chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox"] });
}

/** Waits until a script in the page is true. (Playwright's own wait needs `eval`, which the page forbids.) */
async function until(page: Page, script: string): Promise<void> {
  for (let i = 0; !await page.evaluate<boolean>(script); i++) {
    assert(i < 200, script);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

type Work = (
  page: Page,
  send: (form: BodyInit | Record<string, string>) => Promise<void>,
) => Promise<void>;

/** Opens the page and tries it; `send` sends a request to the server. */
async function tryPage(
  t: Deno.TestContext,
  browser: Browser,
  options: Record<string, unknown>,
  tests: [name: string, work: Work][],
): Promise<void> {
  const server = await startPracticeServer(0, { observer: openPage() });
  const page = await browser.newPage(options);
  const complaints: string[] = [];
  page.on("console", (message) => complaints.push(`${message}`));
  page.on("pageerror", (error) => complaints.push(`${error}`));
  await page.goto(`${new URL("/", server.token_url)}`);
  await until(page, "document.getElementById('state').textContent.startsWith('Connected')");
  let count = 0;
  const send = async (form: BodyInit | Record<string, string>) => {
    const isForm = Object.getPrototypeOf(form) === Object.prototype;
    const body = isForm ? new URLSearchParams(form as Record<string, string>) : form as BodyInit;
    await (await fetch(server.token_url, { method: "POST", body })).body?.cancel();
    const newest = "document.querySelector('#exchanges summary')?.textContent";
    await until(page, `${newest}?.startsWith("${++count}.") ?? false`);
  };
  for (const [name, work] of tests) await t.step(name, () => work(page, send));
  assertEquals(complaints, []);
  await page.close();
  await server[Symbol.asyncDispose]();
}

const text = (page: Page) => page.evaluate<string>("document.body.innerText");

/** Runs in the browser: the contrast of each text with what is behind it, as WCAG 2.2 computes it. */
const contrasts = `() => {
  const channels = (color) => color.match(/[\\d.]+/g).map(Number);
  const luminance = (color) => {
    const [r, g, b] = channels(color).map((value) => {
      const part = value / 255;
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = (element) => {
    const { backgroundColor } = getComputedStyle(element);
    return channels(backgroundColor)[3] === 0 ? behind(element.parentElement) : backgroundColor;
  };
  const texts = [...document.querySelectorAll("body *")].filter((element) =>
    [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim()) &&
    !element.closest("script, noscript, desc, title"));
  return texts.map((element) => {
    const style = getComputedStyle(element);
    const [a, b] = [element.closest("svg") ? style.fill : style.color, behind(element)].map(luminance);
    return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
  });
}`;

/** Every text is readable in these colours. */
function readable(background: string): Work {
  return async (page) => {
    const ratios = await page.evaluate<number[]>(`(${contrasts})()`);
    assert(ratios.length > 10);
    assert(Math.min(...ratios) >= 4.5, `${Math.min(...ratios)}`);
    assertEquals(
      await page.evaluate("getComputedStyle(document.body).backgroundColor"),
      background,
    );
  };
}

const WIDE = { viewport: { width: 1000, height: 800 }, colorScheme: "light" };
const ON_WIDE: [name: string, work: Work][] = [
  ["the page can be used with the keyboard", async (page, send) => {
    await send(FORM);
    await send(FORM);
    const isOpen = () =>
      page.evaluate<boolean[]>("[...document.querySelectorAll('details')].map(d => d.open)");
    assertEquals(await isOpen(), [true, false]);
    await page.keyboard.press("Tab");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    assertEquals(await isOpen(), [true, true]);
    const outline = "getComputedStyle(document.activeElement).outlineStyle";
    assertEquals(await page.evaluate(outline), "solid");
    // What is being read is not moved.
    await send(FORM);
    assertEquals(await isOpen(), [false, true, true]);
    await page.evaluate("document.activeElement.blur()");
  }],
  ["the page shows what arrived as text, and masks other secrets", async (page, send) => {
    await send(JSON.stringify({ [EVIL]: EVIL, client_secret: "not-the-lesson's" }));
    assert((await text(page)).includes(EVIL.slice(0, 15)));
    assertEquals(await page.evaluate("document.images.length"), 0);
    assertEquals(await page.evaluate("document.title"), "The practice server");
    assert(!(await text(page)).includes("not-the-lesson"));
  }],
  ["the page can be read in light colours, and without any", readable("rgb(255, 255, 255)")],
  ["the page shows the last 20 requests as they arrive", async (page, send) => {
    await send(FORM);
    assertMatch(await text(page), /\d\. POST \/oauth2\/token: 200 \(step 3\)/);
    assertMatch(await text(page), /client_secret=my_secret_456/);
    assertMatch(await text(page), /"access_token":"practice-/);
    for (let i = 0; i < 21; i++) await send({ ...FORM, grant_type: "password" });
    assertEquals(await page.evaluate("document.querySelectorAll('details').length"), 20);
    assertEquals(
      await page.evaluate("[...document.querySelectorAll('summary')].at(-1).textContent"),
      "7. POST /oauth2/token: 400 (step 2)",
    );
  }],
];

const ZOOMED = { viewport: { width: 320, height: 200 }, deviceScaleFactor: 4, colorScheme: "dark" };
const ON_ZOOMED: [name: string, work: Work][] = [
  ["the page fits at 400 % zoom, without scrolling sideways", async (page, send) => {
    await send({ ...FORM, x: "y".repeat(300) });
    assertEquals(await page.evaluate("document.documentElement.scrollWidth"), 320);
  }],
  ["the page can be read in dark colours, and without any", readable("rgb(22, 22, 22)")],
];

Deno.test({
  ...needs("the practice server's page works in a browser", "Chromium", "npm:playwright-core"),
  sanitizeOps: false,
  sanitizeResources: false,
  async fn(t) {
    const browser = await startBrowser();
    try {
      await tryPage(t, browser, WIDE, ON_WIDE);
      await tryPage(t, browser, ZOOMED, ON_ZOOMED);
    } finally {
      await browser.close();
    }
  },
});
