local event = (import 'lytemplates.libsonnet');
{
messages: [
{
from: '<your-whatsapp-sender-number>',
to: event.get('phone', ''),
content: {
templateName: 'order_update',
templateData: {
body: { placeholders: [event.get('first_name', ''), event.get('order_id', '')] },
},
language: 'en',
},
},
],
}
