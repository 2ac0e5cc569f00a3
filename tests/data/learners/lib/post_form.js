export async function postForm(url, body) {
  const response = await fetch(url, { method: "POST", body });
  return await response.json();
}
