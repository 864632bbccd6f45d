// Runs inside the page, before the page's own script: keeps hold of the peer connections, so that their statistics can be
// read, and of violations of the Content-Security-Policy. The functions below are sent as text: they see the page and each other.

export interface Flow {
  framesDecoded: number;
  audioEnergy: number;
  audioPackets: number;
  /** The element plays, and the picture in it is to be seen. */
  seen: boolean;
  /** The element plays aloud. */
  heard: boolean;
}
/** The kinds of the candidates that media go between, and what leads to this end's relay. */
export interface Route { local: string; remote: string; over: string | undefined }
/** What came from one participant while it was watched. The longest pause is between frames. */
export interface Arrived { frames: number; audioPackets: number; longestPauseMs: number }
/** `looks` are those that succeeded; `arrived` names everybody who was ever on the page. */
export interface FrameWatch { looks: number; newConnections: number; arrived: Record<string, Arrived> }

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
  /** Watches what keeps arriving of every participant, until the returned function is called. */
  watch(): () => Promise<FrameWatch>;
}

declare global { interface Window { plntryProbe: Probe; plntryWatch: () => Promise<FrameWatch> } }

async function inboundOf(connections: RTCPeerConnection[], track: MediaStreamTrack): Promise<Record<string, number>> {
  for (const connection of connections) {
    const receiver = connection.getReceivers().find((candidate) => candidate.track.id === track.id);
    if (!receiver || connection.signalingState === 'closed') continue;
    for (const entry of (await receiver.getStats()).values()) {
      if (entry.type === 'inbound-rtp') return entry as Record<string, number>;
    }
  }
  return {};
}

async function flowsOf(connections: RTCPeerConnection[]): Promise<Record<string, Flow>> {
  const result: Record<string, Flow> = {};
  for (const video of document.querySelectorAll<HTMLVideoElement>('video[data-participant]')) {
    const flow = {
      framesDecoded: 0, audioEnergy: 0, audioPackets: 0, heard: !video.paused && !video.muted,
      seen: !video.paused && video.videoWidth > 0 && video.checkVisibility({ visibilityProperty: true }),
    };
    for (const track of video.srcObject instanceof MediaStream ? video.srcObject.getTracks() : []) {
      const inbound = await inboundOf(connections, track);
      if (track.kind === 'video') flow.framesDecoded = inbound.framesDecoded ?? 0;
      else [flow.audioEnergy, flow.audioPackets] = [inbound.totalAudioEnergy ?? 0, inbound.packetsReceived ?? 0];
    }
    result[video.dataset.participant ?? ''] = flow;
  }
  return result;
}

async function routeOf(connection: RTCPeerConnection): Promise<Route & { bytesSent: number }> {
  const stats = await connection.getStats();
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
}

async function description(connection: RTCPeerConnection, index: number): Promise<string> {
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
}

function watchFlows(connections: RTCPeerConnection[]): () => Promise<FrameWatch> {
  const [began, connectionsBefore] = [performance.now(), connections.length];
  const watched: Record<string, { last: Flow; movedAt: number; arrived: Arrived }> = {};
  let looks = 0;
  const look = async (): Promise<void> => {
    const now = performance.now();
    const flows = await flowsOf(connections);
    for (const [participant, last] of Object.entries(flows)) {
      watched[participant] ??= { last, movedAt: began, arrived: { frames: 0, audioPackets: 0, longestPauseMs: 0 } };
    }
    for (const [participant, each] of Object.entries(watched)) {
      // Before anything else: what nobody looked at is a pause, and whose video left the page has stopped as well.
      each.arrived.longestPauseMs = Math.max(each.arrived.longestPauseMs, now - each.movedAt);
      const flow = flows[participant];
      if (!flow) continue;
      // Counters may fall: Firefox begins anew with a video that is a second old.
      const frames = Math.max(0, flow.framesDecoded - each.last.framesDecoded);
      if (frames > 0) each.movedAt = now;
      each.arrived.frames += frames;
      each.arrived.audioPackets += Math.max(0, flow.audioPackets - each.last.audioPackets);
      each.last = flow;
    }
    looks += 1;
  };
  let looking: Promise<void> | undefined;
  // A look that fails leaves the pause open; the last one may not fail.
  const timer = setInterval(() => { looking ??= look().catch(() => undefined).finally(() => { looking = undefined; }); }, 100);
  return async () => {
    clearInterval(timer);
    await looking;
    await look();
    const arrived = Object.fromEntries(Object.entries(watched).map(([participant, each]) => [participant, each.arrived]));
    return { looks, newConnections: connections.length - connectionsBefore, arrived };
  };
}

function installProbe(): void {
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
  window.plntryProbe = {
    connections, call, violations,
    flows: () => flowsOf(connections),
    route: () => routeOf(call()!),
    describe: () => Promise.all(connections.map(description)),
    watch: () => watchFlows(connections),
  };
}

/** What `evaluateOnNewDocument` takes. */
export const probe = `(() => { ${[inboundOf, flowsOf, routeOf, description, watchFlows, installProbe].join('\n')}\ninstallProbe(); })();`;
