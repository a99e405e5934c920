local event = (import 'lytemplates.libsonnet');
{
messages: [
{
from: 'Acme',
destinations: [{ to: event.get('phone', '') }],
text: 'Hi ' + event.get('first_name', '') + ', your order shipped.',
},
],
}
