// The body of POST /email/4/messages: one email by a template of Infobip's, to somebody who has an address.
// Yours to change: the sender, the template's id, and the fields that it shows.
local event = (import 'lytemplates.libsonnet');
local address = event.get('email', '');

if address == '' then null else {
  messages: [
    {
      sender: 'Acme <orders@example.com>',
      destinations: [
        {
          to: [
            {
              destination: address,
              // A text that holds JSON, not an object: so Infobip takes it.
              placeholders: std.manifestJsonMinified({
                first_name: event.get('first_name', ''),
                order_id: event.get('order_id', ''),
              }),
            },
          ],
        },
      ],
      content: { templateId: '100000' },
    },
  ],
}
