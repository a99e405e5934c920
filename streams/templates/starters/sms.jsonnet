// The body of POST /sms/3/messages: one SMS to somebody who has a phone number.
// Yours to change: the sender and the text.
local event = (import 'lytemplates.libsonnet');
local phone = event.get('phone', '');

if phone == '' then null else {
  messages: [
    {
      sender: 'Acme',
      destinations: [{ to: phone }],
      content: { text: 'Hi %s, your order is on its way.' % event.get('first_name', 'there') },
    },
  ],
}
