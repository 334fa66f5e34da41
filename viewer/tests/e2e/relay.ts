/** A relay between page and server that can be slow, or cut. */

import { createServer, request } from "node:http";
import type { AddressInfo, Socket } from "node:net";

export interface Relay {
  port: number;
  /** Milliseconds that each request with bricks waits. */
  delay: number;
  /** While true every connection is dropped. */
  cut: boolean;
  /** What was asked for. */
  asked: string[];
  close(): Promise<void>;
}

/** Listens on a port of its own and passes everything on to a server on this machine. */
export function relay(port: number): Promise<Relay> {
  const sockets = new Set<Socket>();
  const server = createServer((incoming, outgoing) => {
    if (state.cut) {
      incoming.socket.destroy();
      return;
    }
    const path = incoming.url ?? "/";
    state.asked.push(`${incoming.method} ${path}`);
    const pass = () => {
      const headers = { ...incoming.headers, host: `127.0.0.1:${port}` };
      const options = { port, host: "127.0.0.1", path, method: incoming.method, headers };
      const onward = request(options, (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(outgoing);
      });
      onward.on("error", () => outgoing.destroy());
      outgoing.on("close", () => onward.destroy());
      incoming.pipe(onward);
    };
    const slow = path.includes("/brick");
    setTimeout(pass, slow ? state.delay : 0);
  });
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });
  const state: Relay = {
    port: 0,
    delay: 0,
    cut: false,
    asked: [],
    close: () =>
      new Promise((done) => {
        for (const socket of sockets) {
          socket.destroy();
        }
        server.close(() => done());
      }),
  };
  return new Promise((done) => {
    server.listen(0, "127.0.0.1", () => {
      state.port = (server.address() as AddressInfo).port;
      done(state);
    });
  });
}
