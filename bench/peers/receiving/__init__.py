"""Who takes reports from Infobip: our service, and what else one could run in its place."""

from schemas.config.webhooks import token_of

TOPIC = "infobip_delivery_reports"
SECRET = "a secret of the benchmark"
#: Behind the address that is listened on: with the token in front, as messages carry it.
PATH = f"/t/{token_of(SECRET)}/reports/sms"
