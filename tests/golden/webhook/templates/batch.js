module.exports = (events) => ({
  people: events.map((event) => `${event.action} ${event.get('email', '')}`),
})
