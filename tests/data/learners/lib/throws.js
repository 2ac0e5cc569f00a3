export function send() {
  return null.json();
}
