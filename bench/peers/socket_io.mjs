// A signalling server of the usual kind on Socket.IO: rooms, and each message passed on to the others of the room.
// socket_io.mjs ADDRESS PORT
import { createServer } from "node:http";
import { Server } from "socket.io";

const [address, port] = process.argv.slice(2);
const http = createServer((_, response) => response.end());
const server = new Server(http);
server.on("connection", (socket) => {
  const { room } = socket.handshake.query;
  socket.join(room);
  socket.on("message", (body) => socket.to(room).emit("message", body));
});
http.listen(Number(port), address);
