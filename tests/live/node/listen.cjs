// Connects socket.io's own client and tells, a line of JSON each, what it hears: node listen.cjs MODULES ORIGIN PATH TOKEN
const [modules, origin, path, token] = process.argv.slice(2);
const { io } = require(`${modules}/node_modules/socket.io-client`);
const tell = (name, data) => console.log(JSON.stringify([name, data ?? null]));

const socket = io(origin, { path, query: { token }, transports: ["websocket"], reconnectionDelay: 100 });
socket.on("connect", () => tell("connect"));
socket.on("connect_error", (error) => tell("connect_error", [error.message, socket.active]));
socket.on("disconnect", (reason) => tell("disconnect", reason));
socket.onAny((name, data) => tell(name, data));
socket.io.engine.on("ping", () => tell("ping"));
