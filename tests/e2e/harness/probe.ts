// Runs inside the page, before the page's own script: keeps hold of the peer connections, so that their statistics can be
// read, and of violations of the Content-Security-Policy. The functions below are sent as text and see only the page.

export interface Flow {
  framesDecoded: number;
  audioEnergy: number;
  /** The element plays, and the picture in it is to be seen. */
  seen: boolean;
  /** The element plays aloud. */
  heard: boolean;
}
/** The kinds of the candidates that media go between, and what leads to this end's relay. */
export interface Route { local: string; remote: string; over: string | undefined }
export interface FrameWatch { longestPauseMs: number; newConnections: number }

export interface Probe {
  connections: RTCPeerConnection[];
  /** The newest connection that media go over: what the lobby tries the ways with carries data alone. */
  call(): RTCPeerConnection | undefined;
  violations: string[];
  /** What arrives from each participant whose video stands on the page. */
  flows(): Promise<Record<string, Flow>>;
  /** How the call goes, and how much it has sent. */
  route(): Promise<Route & { bytesSent: number }>;
  /** The state of every connection that the page made, for the report of a failure. */
  describe(): Promise<string[]>;
  /** Watches that frames of every participant keep arriving; `stop` tells the longest pause. */
  watch(): () => FrameWatch;
}

declare global { interface Window { plntryProbe: Probe; plntryWatch: () => FrameWatch } }

export function installProbe(): void {
  const connections: RTCPeerConnection[] = [];
  const violations: string[] = [];
  const Native = window.RTCPeerConnection;
  window.RTCPeerConnection = class extends Native {
    constructor(configuration?: RTCConfiguration) {
      super(configuration);
      connections.push(this);
    }
  };
  document.addEventListener('securitypolicyviolation', (event) => {
    violations.push(`${event.violatedDirective} blocked ${event.blockedURI} (${event.sourceFile}:${event.lineNumber})`);
  });

  const call = (): RTCPeerConnection | undefined =>
    connections.findLast((connection) => connection.signalingState !== 'closed' && connection.getTransceivers().length > 0);
  const inboundOf = async (track: MediaStreamTrack): Promise<Record<string, number>> => {
    for (const connection of connections) {
      const receiver = connection.getReceivers().find((candidate) => candidate.track.id === track.id);
      if (!receiver || connection.signalingState === 'closed') continue;
      for (const entry of (await receiver.getStats()).values()) {
        if (entry.type === 'inbound-rtp') return entry as Record<string, number>;
      }
    }
    return {};
  };

  const flows = async (): Promise<Record<string, Flow>> => {
    const result: Record<string, Flow> = {};
    for (const video of document.querySelectorAll<HTMLVideoElement>('video[data-participant]')) {
      const flow = {
        framesDecoded: 0, audioEnergy: 0, heard: !video.paused && !video.muted,
        seen: !video.paused && video.videoWidth > 0 && video.checkVisibility({ visibilityProperty: true }),
      };
      for (const track of video.srcObject instanceof MediaStream ? video.srcObject.getTracks() : []) {
        const inbound = await inboundOf(track);
        if (track.kind === 'video') flow.framesDecoded = inbound.framesDecoded ?? 0;
        else flow.audioEnergy = inbound.totalAudioEnergy ?? 0;
      }
      result[video.dataset.participant ?? ''] = flow;
    }
    return result;
  };

  const route = async (): Promise<Route & { bytesSent: number }> => {
    const stats = await call()!.getStats();
    const entries = [...stats.values()];
    const transport = entries.find(({ type }) => type === 'transport');
    // Firefox names the pair in use by a member of its own; others that were nominated before it stay so.
    const pairs = entries.filter(({ type, state, nominated }) => type === 'candidate-pair' && state === 'succeeded' && nominated);
    const pair = stats.get(transport?.selectedCandidatePairId) ?? pairs.find(({ selected }) => selected) ?? pairs[0];
    const local = stats.get(pair?.localCandidateId);
    return {
      local: local?.candidateType, remote: stats.get(pair?.remoteCandidateId)?.candidateType, over: local?.relayProtocol,
      bytesSent: pair?.bytesSent ?? 0,
    };
  };

  const describe = (): Promise<string[]> => Promise.all(connections.map(async (connection, index) => {
    const parts = [`connection ${index}: ${connection.connectionState}, ice ${connection.iceConnectionState}, ` +
      `gathering ${connection.iceGatheringState}, signaling ${connection.signalingState}`];
    const stats = await connection.getStats();
    const end = (id: string): string => { const it = stats.get(id); return `${it?.candidateType} ${it?.relayProtocol ?? ''} ${it?.address}:${it?.port}`; };
    for (const entry of stats.values()) {
      if (entry.type === 'candidate-pair') {
        parts.push(`pair ${entry.state}${entry.nominated ? ' nominated' : ''}${entry.selected ? ' selected' : ''} ` +
          `${end(entry.localCandidateId)} ↔ ${end(entry.remoteCandidateId)}, ${entry.bytesSent}/${entry.bytesReceived} bytes`);
      }
      if (entry.type === 'inbound-rtp') parts.push(`in ${entry.kind} ${entry.packetsReceived} packets, ${entry.framesDecoded ?? '-'} frames`);
      if (entry.type === 'outbound-rtp') parts.push(`out ${entry.kind} ${entry.packetsSent} packets`);
      if (/-candidate$/.test(entry.type)) parts.push(`${entry.type} ${entry.candidateType} ${entry.protocol} ${entry.address}:${entry.port}`);
    }
    return parts.join('\n    ');
  }));

  const watch = (): (() => FrameWatch) => {
    const last = new Map<string, { frames: number; at: number }>();
    const connectionsBefore = connections.length;
    let longestPauseMs = 0;
    let looking = false;
    const look = async (): Promise<void> => {
      if (looking) return;
      looking = true;
      const now = performance.now();
      for (const [participant, { framesDecoded }] of Object.entries(await flows())) {
        const before = last.get(participant) ?? { frames: framesDecoded, at: now };
        if (framesDecoded === before.frames) longestPauseMs = Math.max(longestPauseMs, now - before.at);
        last.set(participant, framesDecoded === before.frames ? before : { frames: framesDecoded, at: now });
      }
      // A participant whose video left the page has stopped as well.
      for (const [, { at }] of last) longestPauseMs = Math.max(longestPauseMs, now - at);
      looking = false;
    };
    const timer = setInterval(look, 100);
    return () => {
      clearInterval(timer);
      return { longestPauseMs, newConnections: connections.length - connectionsBefore };
    };
  };

  window.plntryProbe = { connections, call, violations, flows, route, describe, watch };
}
