/** Whether a link to `origin` leads whoever opens it to their own device (RFC 6761 §6.3, RFC 1122 §3.2.1.3, RFC 4291 §2.5.3). */
export function isLoopback(origin: string): boolean {
  const { hostname } = new URL(origin); // in one spelling: `127.1` and `[0::1]` are no more
  return /^(localhost\.?|.*\.localhost\.?|127(\.\d+){3}|\[::1\])$/.test(hostname);
}
