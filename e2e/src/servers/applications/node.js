// Writes down each whole request that Node.js understood.
const fs = require("fs");
const server = require("http").createServer((request, response) => {
  const parts = [];
  request.on("data", (part) => parts.push(part));
  request.on("end", () => {
    if (!request.complete) return;
    const { host, "sekisho-assertion": assertion } = request.headers;
    const body = Buffer.concat(parts).toString("hex");
    fs.appendFileSync(process.env.NOTES, [request.method, request.url, host, assertion, body].join("\t") + "\n");
    response.end("ok");
  });
});
server.listen(Number(process.env.PORT), "127.0.0.1");
