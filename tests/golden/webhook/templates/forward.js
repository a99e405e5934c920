// A report as it is, under the name that the team's store has for it.
module.exports = (report) => ({ kind: 'delivery', report })
