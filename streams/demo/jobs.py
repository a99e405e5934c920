"""The jobs of the demo, as its jobs.yaml says them."""

JOBS = """\
kafka:
  brokers: {broker}
  state_dir: state
authorizations:
  - name: main
    label: Simulated Infobip
    base_url: {infobip}
    api_key: ${{INFOBIP_API_KEY}}
    limits: {{list_persons: 3}}  # of 5 a second: the others are left to whoever else uses the account
webhooks:
  host: 127.0.0.1
  port: {port}
  public_url: http://127.0.0.1:{port}
  secret: ${{WEBHOOK_SECRET}}
history:
  url: sqlite:///history.db
jobs:
  - name: vip
    kind: export_audience
    label: VIP customers to Infobip
    authorization: main
    topics: [audience_memberships]
    audiences: [vip]
    map_fields: {{first_name: firstName, last_name: lastName, lifetime_value: {{to: ltv, type: DECIMAL}}}}
    create_attributes: true
    tag: VIP
    flush: {{max_events: 1000, max_seconds: 2}}
  - name: contacts
    kind: import_contacts
    label: Infobip's people, with their tags
    authorization: main
    keep_updated: true
    every_seconds: 2
  - name: order-sms
    kind: send_message
    label: An SMS when an order has shipped
    authorization: main
    topics: [audience_memberships]
    audiences: [order_shipped]
    sender: "{number}"
    message_fields: [first_name, order_id]
    url_options: {{track_clicks: true}}
    content: {{channel: sms, text: "Hi {{{{first_name}}}}, your order {{{{order_id}}}} shipped: https://acme.example/orders"}}
  - name: replies
    kind: receive_messages
    label: What people answer
    authorization: main
    channel: sms
    number: "{number}"
  - name: outcomes
    kind: track_messages
    label: What became of every message
    authorization: main
  - name: history
    kind: store_history
    label: All of it in a database
"""
