// The body of POST /email/4/messages: one email by a template of Infobip's, to somebody who has an address.
// Yours to change: the sender, the template's id, and the fields that it shows.
module.exports = (event) => {
  const address = event.get('email', '');
  if (address === '') return null;
  return {
    messages: [
      {
        sender: 'Acme <orders@example.com>',
        destinations: [
          {
            to: [
              {
                destination: address,
                // A text that holds JSON, not an object: so Infobip takes it.
                placeholders: JSON.stringify({
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
  };
};
