// The body of POST /sms/3/messages: one SMS to somebody who has a phone number.
// Yours to change: the sender and the text.
module.exports = (event) => {
  const phone = event.get('phone', '');
  if (phone === '') return null;
  return {
    messages: [
      {
        sender: 'Acme',
        destinations: [{ to: phone }],
        content: { text: `Hi ${event.get('first_name', 'there')}, your order is on its way.` },
      },
    ],
  };
};
