// What somebody on the cable can make of what an honest server sends.

const kFin = 0x80;
const kText = 1;
const kClose = 8;

/** One unmasked frame of less than 126 bytes (RFC 6455 §5.2). */
const frame = (opcode: number, payload: Buffer): Buffer => Buffer.concat([Buffer.from([kFin | opcode, payload.length]), payload]);

/** A server that lets nobody in: what comes behind the upgrade is cut off. Answers every join as docs/protocol.md §2 has it: with one `error`, and by closing. */
export const refusingAll = (code: number, reason: string) => () => {
  let isRefused = false;
  return (bytes: Buffer): Buffer => {
    if (isRefused) return Buffer.alloc(0);
    if (!bytes.toString('latin1').startsWith('HTTP/1.1 101 ')) return bytes;
    isRefused = true;
    const head = bytes.subarray(0, bytes.indexOf('\r\n\r\n') + 4);
    const error = JSON.stringify({ type: 'error', code: reason, text: 'No.' });
    return Buffer.concat([head, frame(kText, Buffer.from(error)), frame(kClose, Buffer.from([code >> 8, code & 0xff]))]);
  };
};

/** The certificates of others are passed off as another's. `changed` is called for each that is. */
export const changingFingerprints = (changed: () => void = () => undefined) => () => (bytes: Buffer): Buffer =>
  Buffer.from(bytes.toString('latin1').replaceAll(/(a=fingerprint:sha-256 )(.)/g, (_all, name: string, digit: string) => {
    changed();
    return `${name}${digit === '0' ? '1' : '0'}`;
  }), 'latin1');
