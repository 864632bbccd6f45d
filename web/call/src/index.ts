/**
 * `plntry-call`: a call between browsers over a plntry server.
 *
 * ```ts
 * const call = joinCall('https://call.example.org/abc-defg-hij#key', { media: { audio, video }, name: 'Ada' });
 * call.on('change', () => render(call.state, call.participants));
 * ```
 *
 * @module
 */

export type * from './types.ts';
export type { Cipher, Crypto, Environment, Socket, TraceEvent } from './environment.ts';
export { browserEnvironment, tabSeats, webCrypto } from './browser.ts';
export { joinCall, prepareCall } from './lobby.ts';
export type { DeviceState, Facts } from './diagnosis/facts.ts';
export type { HttpProbe, RecorderOptions } from './diagnosis/recorder.ts';
export { Recorder } from './diagnosis/recorder.ts';
export { canonicalRoomName, formatRoomLink, newRoomLink, parseRoomLink, randomRoomName } from './room_name.ts';
