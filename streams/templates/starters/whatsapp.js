// The body of POST /whatsapp/1/message/template: one message by a template that WhatsApp has approved.
// Yours to change: the sender, the template's name and language, and what stands for {{1}}, {{2}} and so on in it.
module.exports = (event) => {
  const phone = event.get('phone', '');
  if (phone === '') return null;
  return {
    messages: [
      {
        from: '441134960000',
        to: phone,
        content: {
          templateName: 'order_update',
          templateData: {
            body: { placeholders: [event.get('first_name', 'there'), event.get('order_id', '-')] },
          },
          language: 'en',
        },
      },
    ],
  };
};
