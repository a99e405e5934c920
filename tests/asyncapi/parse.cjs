// Reads an AsyncAPI document with the official parser, and prints what it found as JSON.
const { readFileSync } = require("node:fs");
const { Parser } = require("@asyncapi/parser");

async function main() {
  const { document, diagnostics } = await new Parser().parse(readFileSync(process.argv[2], "utf8"));
  const topics = {};
  for (const channel of document ? document.channels().all() : []) {
    topics[channel.address()] = channel.messages().all().map((message) => ({
      name: message.id(),
      payload: message.payload().type(),
      examples: message.examples().all().map((example) => example.payload()),
      key: message.bindings().get("kafka").value().key,
    }));
  }
  const faults = diagnostics.map(({ severity, code, message, path }) => ({ severity, code, message, path }));
  console.log(JSON.stringify({ faults, topics }));
}

main();
