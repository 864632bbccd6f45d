// What a page loads, as the browser's own network log has it.

const patience = 20_000;

// The address of whatever asked for a request: the document, or the script that imports it.
const askedBy = ({ url, stack }) => url ?? stack?.callFrames[0]?.url;

export const watchNetwork = async (page) => {
  const session = await page.createCDPSession();
  const requests = new Map();
  let opened;
  const webSocket = new Promise((resolve) => (opened = resolve));
  session.on("Network.requestWillBeSent", ({ requestId, request, type, initiator, wallTime }) => {
    if (request.url.startsWith("http")) requests.set(requestId, { url: request.url, type, by: askedBy(initiator), at: wallTime * 1000, bytes: 0 });
  });
  session.on("Network.loadingFinished", ({ requestId, encodedDataLength }) => {
    const request = requests.get(requestId);
    if (request) request.bytes = encodedDataLength;
  });
  session.on("Network.webSocketHandshakeResponseReceived", opened);
  await session.send("Network.enable");
  return {
    // Bytes are those on the wire, headers and all.
    requests: () => [...requests.values()],
    untilWebSocket: () => {
      let timer;
      const late = new Promise((_, reject) => (timer = setTimeout(() => reject(new Error("the lobby opened no WebSocket")), patience)));
      return Promise.race([webSocket, late]).finally(() => clearTimeout(timer));
    },
  };
};
