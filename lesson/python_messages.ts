import type { Message } from "./messages.ts";
export const PYTHON_MESSAGES: Record<string, Message> = {};
