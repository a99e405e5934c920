local event = (import 'lytemplates.libsonnet');
{
messages: [
{
sender: 'Acme <[email protected]>',
destinations: [
{
to: [
{
destination: event.get('email', ''),
// Infobip expects placeholders as a JSON *string*; manifestJsonEx
// serializes the object and escapes it for us.
placeholders: std.manifestJsonEx({
first_name: event.get('first_name', ''),
order_id: event.get('order_id', ''),
}, ''),
},
],
},
],
content: { templateId: '<your-broadcast-template-id>' },
},
],
}
