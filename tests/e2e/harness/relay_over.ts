// Leaves a page of the ICE servers that it is given the relay over one transport only, so that two people of one call can
// be made to use different ones. Runs inside the page; sees only the page.

export type RelayTransport = 'udp' | 'tcp' | 'tls';

export function relayOver(transport: RelayTransport): void {
  const wanted = (url: string): boolean =>
    transport === 'tls' ? url.startsWith('turns:') : url.startsWith('turn:') && url.endsWith(`?transport=${transport}`);
  const narrowed = (configuration: RTCConfiguration = {}): RTCConfiguration => ({
    ...configuration,
    iceServers: (configuration.iceServers ?? []).flatMap((server) => {
      const urls = [server.urls].flat().filter(wanted);
      return urls.length > 0 ? [{ ...server, urls }] : [];
    }),
  });
  const Native = window.RTCPeerConnection;
  window.RTCPeerConnection = class extends Native {
    constructor(configuration?: RTCConfiguration) { super(narrowed(configuration)); }
    override setConfiguration(configuration?: RTCConfiguration): void { super.setConfiguration(narrowed(configuration)); }
  };
}
