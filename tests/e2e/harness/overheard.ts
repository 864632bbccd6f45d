// What somebody on the cable can read of what a browser sends over one TCP connection: HTTP as it is, the join request out
// of its base64url, and WebSocket frames without their masks (RFC 6455 §5.3).

/** The bytes as they went, and below them what they say once decoded. */
export function overheard(sent: Buffer): string {
  const parts = [sent.toString('latin1')];
  const end = sent.indexOf('\r\n\r\n');
  const head = sent.subarray(0, Math.max(end, 0)).toString('latin1');
  for (const [, request = ''] of parts[0]?.matchAll(/\bjoin\.([\w-]+)/g) ?? []) parts.push(Buffer.from(request, 'base64url').toString('latin1'));
  if (/^upgrade: *websocket/im.test(head)) parts.push(...payloads(sent.subarray(end + 4)));
  return parts.join('\n');
}

/** The payloads of masked frames that follow each other. Throws when it finds anything else: then it would read nothing. */
function payloads(frames: Buffer): string[] {
  const found: string[] = [];
  let at = 0;
  while (at + 2 <= frames.length) {
    const first = frames.readUInt8(at);
    const second = frames.readUInt8(at + 1);
    if ((first & 0x70) !== 0 || (second & 0x80) === 0) throw new Error(`not a masked frame without extensions: ${first} ${second}`);
    at += 2;
    let length = second & 0x7f;
    if (length === 126) { length = frames.readUInt16BE(at); at += 2; }
    else if (length === 127) { length = Number(frames.readBigUInt64BE(at)); at += 8; }
    const mask = frames.subarray(at, at + 4);
    found.push(frames.subarray(at + 4, at + 4 + length).map((byte, index) => byte ^ (mask[index % 4] ?? 0)).toString());
    at += 4 + length;
  }
  return found;
}
