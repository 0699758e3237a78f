/** Copies a text; false when the browser does not let us. */
export async function copyToClipboard(text: string): Promise<boolean> {
  try {
    // Missing where the page is not secure, as on a server of one's own without a certificate.
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}
