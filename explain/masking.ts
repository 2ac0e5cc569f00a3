// What is shown in the place of secrets and tokens.

const MASK = "***";
const STANDARD_NAMES =
  /^(client_secret|client_assertion|access_token|refresh_token|id_token|authorization|cookie|set-cookie)$/i;
const SECRET_WORD = /(?<![a-z])(secret|password|token|key|auth|signature)(?![a-z])/i;

/** Whether the standards give this name to a secret or a token. */
export function isSecretName(name: string): boolean {
  return STANDARD_NAMES.test(name);
}

/** Whether a parameter or header with this name may be a secret, such as `x-api-key`. */
export function isSecretField(name: string): boolean {
  return isSecretName(name) || SECRET_WORD.test(name.replace(/(?<=[a-z])(?=[A-Z])/g, "_"));
}

/** Stands for a value that must not be shown. */
export function hidden(value: string): string {
  return `${MASK} (${value.length} ${value.length === 1 ? "character" : "characters"})`;
}

/** A name as it may be shown. Those that the lesson gives the form stay, even if the secret is in them. */
export function shownName(name: string, mask: (text: string) => string): string {
  return /^(grant_type|client_id|client_secret|scope)$/.test(name) ? name : mask(name);
}

/** The fields of a form as they are sent, with those masked that may be secrets. */
export function maskedFields(data: URLSearchParams, mask: (text: string) => string): string[] {
  return [...data].map(([name, value]) => {
    const shown = isSecretField(name)
      ? MASK
      : mask(`${new URLSearchParams([["", value]])}`.slice(1));
    return `${new URLSearchParams([[shownName(name, mask), ""]])}${shown}`;
  });
}
