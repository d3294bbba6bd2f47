export { startServer, type RunningServer, type ServerOptions } from "./start-server.ts";
export { ListenError } from "./listen-error.ts";
export { SocketInUseError } from "./unix-socket.ts";
export { TokenFileError } from "./token.ts";
