"""Making Infobip equal to what Kafka says, by the processes of the running job.

Whoever finds differences orders; the owner of the partition that they are about carries them out, beside the events
of its job and in order with them (`carrier`). Orders stand in a topic of the job's own, which the first one makes.

Whoever orders holds a verification whose ledger is still open, and

- asks `differences(ledger)` what is to be done about those who differ, which `Verification.run` and `again` have noted
  in the ledger (or makes `Difference`s by itself: a place is one of `truth.compared()`);
- has `OrderBook.begin` give up what was ordered before, and `OrderBook.order` write the orders, which returns how many
  there are of each partition;
- waits by `OrderBook.carried_out` until they are done, and looks again.

`Repair` does all of that, for a command or a process of the job: `plan` says what is to be done, `run` does it in up to
three rounds. On the other side a job adds `Carrier(…).run` to what its run does `beside` its events.
"""
