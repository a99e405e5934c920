// Infobip's own npm SDK, in an environment of its own: every call of it that the simulator has.
//
//     NODE_PATH=node_modules node npm_client.cjs http://127.0.0.1:8080
//
// Prints what the SDK makes of the answers, as JSON. It answers with an error where another would throw one.
const { Infobip, AuthType } = require("@infobip-api/sdk");

const [url] = process.argv.slice(2);
const sender = "447860099299";

function told(answer) {
  return answer.response ? { status: answer.response.status, data: answer.response.data } : { status: answer.status, data: answer.data };
}

async function main() {
  const client = new Infobip({ baseUrl: url, apiKey: "demo-key", authType: AuthType.ApiKey });
  const stranger = new Infobip({ baseUrl: url, apiKey: "another-key", authType: AuthType.ApiKey });
  const text = { type: "text", from: sender, to: "447123456789", content: { text: "Hello World" } };
  const template = {
    type: "template",
    messages: [
      {
        from: sender,
        to: "447123456789",
        messageId: "template-1",
        content: { templateName: "hello", templateData: { body: { placeholders: ["Ann"] } }, language: "en" },
      },
    ],
  };
  const whatsapp = client.channels.whatsapp;
  const answers = {
    text: await whatsapp.send(text),
    template: await whatsapp.send(template),
    again: await whatsapp.send(template),
    templates: await whatsapp.getTemplate(sender),
    strange: await stranger.channels.whatsapp.send(text),
  };
  console.log(JSON.stringify(Object.fromEntries(Object.entries(answers).map(([name, answer]) => [name, told(answer)]))));
}

main();
