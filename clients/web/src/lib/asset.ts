/** Reads a JSON file of the build; fails as a request does. */
export async function readAsset<T>(url: string): Promise<T> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url}: ${response.status}`);
  return (await response.json()) as T;
}
